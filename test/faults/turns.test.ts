import fs from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Host } from "../../src/host/host.ts";
import type { Plan } from "../../src/model/index.ts";
import { readHistory } from "../../src/journal/history.ts";
import { actsOf, inFolder } from "./support/acts.ts";
import type { Wish } from "./support/stories.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise } from "../support/materialise.ts";
import { codes, patched } from "../support/planning.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { undo, undoPlan } from "../support/story.ts";
import { compare, nothingYet } from "./support/journeys.ts";

const EXTRA = "6.8.0-acso";

/** What is declared, and whether somebody removes the initrd of that kernel before. */
interface Turn {
  readonly wish: Wish;
  readonly withoutInitrd: boolean;
}

function turnsOf(releases: readonly string[]): fc.Arbitrary<readonly Turn[]> {
  const options = fc.record({
    present: fc.subarray(["zz=1", "iommu=pt", 'dyndbg="file x +p"']),
    absent: fc.subarray(["quiet"]),
  });
  const turn = fc
    .tuple(fc.option(fc.constantFrom(...releases)), fc.option(options), fc.boolean())
    .map(([release, kernelOptions, withoutInitrd]) => ({
      wish: {
        ...(release === null ? {} : { kernel: { release } }),
        ...(kernelOptions === null ? {} : { kernelOptions }),
      },
      withoutInitrd,
    }));
  return fc.array(turn, { minLength: 2, maxLength: 4 });
}

describe("whatever is declared in turn, and taken back", () => {
  // The stand-ins have no kernel-install, so a host of systemd-boot keeps to kernels that have entries.
  it.each(["intel-z390", "debian-grub", "sd-boot-debian", "proxmox-zfs"])(
    "on %s each plan is proven, and what was foreseen is what comes",
    async (name) => {
      const isSystemdBoot = name.startsWith("sd-");
      const added = isSystemdBoot
        ? {}
        : {
            [`/boot/vmlinuz-${EXTRA}`]: { kind: "file" as const, text: `kernel ${EXTRA}\n`, modifiedAt: 0 },
            [`/boot/initrd.img-${EXTRA}`]: {
              kind: "file" as const,
              text: `initrd ${EXTRA}\n`,
              modifiedAt: 1,
            },
            [`/usr/lib/modules/${EXTRA}/modules.dep`]: { kind: "file" as const, text: "\n", modifiedAt: 0 },
          };
      const host = withoutDevices(patched(recordedHost(name).capture, added));
      const names = host.paths["/boot"]?.entries ?? [];
      const releases = names.flatMap((one) => /^vmlinuz-(.+)$/.exec(one)?.[1] ?? []);
      const count = nothingYet();
      await fc.assert(
        fc.asyncProperty(turnsOf(releases), (turns) =>
          inFolder(async (folder) => {
            const root = join(folder, "root");
            materialise(host, root);
            const standIn = new StandInHost(root);
            const go = async (plan: Plan, run: () => Promise<unknown>): Promise<void> => {
              expect([turns, codes(plan, "error").filter((code) => code === "unsafe-order")]).toEqual([
                turns,
                [],
              ]);
              if (!plan.applyable) return;
              await compare({ name: `${name}, ${JSON.stringify(turns)}`, root, plan }, plan.steps, count);
              await run();
            };
            for (const { wish, withoutInitrd } of turns) {
              if (withoutInitrd && !isSystemdBoot)
                fs.rmSync(join(root, `boot/initrd.img-${wish.kernel?.release ?? ""}`), { force: true });
              const [act] = await actsOf({ name, first: wish, second: {}, make: () => undefined }, folder);
              if (act !== undefined) await go(await act.plan(standIn), () => act.run(standIn));
            }
            for (const id of await applies(standIn))
              await go(await undoPlan(standIn, id), () => undo(standIn, id));
          }),
        ),
        { numRuns: 2 },
      );
      expect(count.prefixes).toBeGreaterThan(10);
      expect(count.told / count.prefixes).toBeGreaterThan(0.8);
    },
  );
});

/** The newest first. */
async function applies(host: Host): Promise<string[]> {
  const history = await readHistory(host.reader());
  return history.map(({ id }) => id).toReversed();
}

describe("an undo after which another kernel boots than before the apply", () => {
  it("says so instead of promising what booted before", async () => {
    await inFolder(async (folder) => {
      const root = join(folder, "root");
      materialise(withoutDevices(recordedHost("proxmox-zfs").capture), root);
      fs.rmSync(join(root, "boot/initrd.img-6.8.12-8-pve"));
      const host = new StandInHost(root);
      const told = {
        name: "",
        first: { kernel: { release: "6.8.12-8-pve" } },
        second: {},
        make: () => undefined,
      };
      const [act] = await actsOf(told, folder);
      expect((await act?.run(host))?.status).toBe("applied");
      // The initrd that the apply made stays, so that its kernel is the newest that is whole.
      const plan = await undoPlan(host, "0001");
      expect([plan.applyable, plan.nextBoot.after]).toEqual([
        true,
        {
          known: true,
          value: expect.objectContaining({ release: { known: true, value: "6.8.12-8-pve" } }) as unknown,
        },
      ]);
      expect(await undo(host, "0001")).toMatchObject({ status: "applied" });
    });
  });
});
