import fs from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ADDED_OPTIONS } from "../../../src/facts/added-options.ts";
import type { NextBoot, Plan } from "../../../src/model/index.ts";
import { applyPlan } from "../../../src/apply/apply.ts";
import { makePlan } from "../../../src/plan/make.ts";
import { probe } from "../../../src/plan/probe.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import { StandInHost } from "../../standins/host.ts";
import { machineOf } from "../../standins/machine.ts";
import { debOf, codes, packageOf, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";
import { Story } from "../../support/story.ts";
import { checkingBoot } from "../../support/checking-boot.ts";

const PACKAGED = "5.3.0-7625-generic";
const PINNED = "5.3.0-acso";
const ESP = "/boot/efi";
const CONF = `${ESP}/loader/loader.conf`;
const ENTRY = `${ESP}/loader/entries/hostcfg-${PINNED}.conf`;
const COPY = `${ESP}/EFI/hostcfg/${PINNED}`;

let story: Story;
beforeEach(() => {
  story = new Story({ devices: false });
});
afterEach(() => {
  story.remove();
});

function path(inRoot: string): string {
  return join(story.root, inRoot);
}

function text(inRoot: string): string {
  return fs.readFileSync(path(inRoot), "utf8");
}

function staged(plan: Plan): NextBoot {
  const { before } = plan.nextBoot;
  if (!before.known) throw new Error(before.why);
  return before.value;
}

/** A plan of another spec for the story's host as it is now. */
async function planOn(host: StandInHost, spec: Omit<HostSpec, "apiVersion">): Promise<Plan> {
  const whole = { apiVersion: "hostcfg/v1" as const, ...spec };
  const source = {
    path: "x",
    sha256: "0".repeat(64),
    spec: whole,
    diagnostics: [],
    locate: () => undefined,
  };
  const state = await probe(host.reader(), whole);
  return makePlan({ source, state, debs: [], hostcfgVersion: "0.0.0" });
}

function run(...argv: string[]): void {
  const { exitCode, stderr } = machineOf(story.root).run(argv);
  if (exitCode !== 0) throw new Error(stderr);
}

describe("a declared release that kernelstub would not choose", () => {
  it("boots next by an entry and copies of hostcfg's own, and kernelstub's stay the way back", async () => {
    const configuration = text("/etc/kernelstub/configuration");
    expect(await story.apply()).toMatchObject({ status: "applied" });
    expect(text(CONF)).toBe(`default hostcfg-${PINNED}*\n`);
    expect(text(`${COPY}/vmlinuz`)).toBe(text(`/boot/vmlinuz-${PINNED}`));
    expect(text(`${COPY}/initrd.img`)).toBe(text(`/boot/initrd.img-${PINNED}`));
    expect(text("/etc/kernelstub/configuration")).toBe(configuration);
    expect(text(`${ESP}/loader/entries/Pop_OS-current.conf`)).not.toContain("pcie_acs_override");
    const next = staged(await story.plan());
    expect(next).toMatchObject({
      release: { known: true, value: PINNED },
      kernel: `${COPY}/vmlinuz`,
      fallback: { known: true, value: PACKAGED },
    });
    expect(next.options).toMatch(/^root=UUID=\S+ ro quiet .* amd_iommu=on pcie_acs_override=downstream$/);
  });

  it("survives the next run of kernelstub", async () => {
    await story.apply();
    run("kernelstub", "--verbose", "--preserve-live-mode");
    const plan = await story.plan();
    expect([plan.changes, staged(plan).release]).toEqual([[], { known: true, value: PINNED }]);
  });

  it("survives a rebuilt initrd: the hook copies it", async () => {
    await story.apply();
    fs.appendFileSync(path(`/boot/initrd.img-${PINNED}`), "more modules\n");
    expect((await story.plan()).changes).toMatchObject([{ address: "kernel.release" }]);
    run("update-initramfs", "-u", "-k", PINNED);
    expect(text(`${COPY}/initrd.img`)).toBe(text(`/boot/initrd.img-${PINNED}`));
    expect((await story.plan()).changes).toEqual([]);
  });

  it("survives a newer kernel's installation, and says so beforehand", async () => {
    await story.apply();
    const plan = await story.plan();
    expect(plan.nextBoot.afterUpgrade).toMatchObject({ known: true, value: { keeps: true } });
    expect(codes(plan, "warning")).not.toContain("upgrade-takes-over");
    const newer = "6.9.0-1-generic";
    fs.writeFileSync(path(`/boot/vmlinuz-${newer}`), "newer kernel");
    fs.writeFileSync(path(`/boot/initrd.img-${newer}`), "newer initrd");
    run("kernelstub", "--verbose", "--preserve-live-mode");
    const then = await story.plan();
    expect(then.changes).toEqual([]);
    expect(staged(then)).toMatchObject({
      release: { known: true, value: PINNED },
      // The first other kernel of the menu.
      fallback: { known: true, value: "5.3.0-7625-generic" },
    });
  });

  it.each<[string, () => void, string]>([
    [
      "a removed hook",
      () => {
        fs.rmSync(path("/etc/kernel/postinst.d/zzz-hostcfg"));
      },
      "hooks",
    ],
    [
      "a hook that run-parts would pass over",
      () => {
        fs.chmodSync(path("/etc/kernel/prerm.d/zzz-hostcfg"), 0o644);
      },
      "hooks",
    ],
    [
      "a lost copy",
      () => {
        fs.rmSync(path(`${COPY}/initrd.img`));
      },
      "not on the ESP",
    ],
    [
      "an empty copy",
      () => {
        fs.writeFileSync(path(`${COPY}/vmlinuz`), "");
      },
      "matches no kernel",
    ],
    [
      "a lost entry",
      () => {
        fs.rmSync(path(ENTRY));
      },
      "what boots next is unknown",
    ],
    [
      "another default",
      () => {
        fs.writeFileSync(path(CONF), "default Pop_OS-current\n");
      },
      PACKAGED,
    ],
    [
      "another root file system",
      () => {
        fs.writeFileSync(path(ENTRY), text(ENTRY).replace(/root=UUID=\S+/, "root=/dev/sda9"));
      },
      "another root",
    ],
  ])("is brought back by the next apply after %s", async (_title, damage, reason) => {
    await story.apply();
    damage();
    const plan = await story.plan();
    expect(plan.changes[0]?.address).toBe("kernel.release");
    expect(plan.changes[0]?.reason).toContain(reason);
    expect(await story.apply()).toMatchObject({ status: "applied" });
    expect((await story.plan()).changes).toEqual([]);
  });

  it("gets a changed option on its own line, and nothing else is written", async () => {
    await story.apply();
    fs.writeFileSync(path(ENTRY), text(ENTRY).replace(" pcie_acs_override=downstream", ""));
    const plan = await story.plan();
    expect(plan.changes.map(({ address }) => address)).toEqual(["kernelOptions.pcie_acs_override"]);
    expect(plan.steps).toMatchObject([{ kind: "writeFile", path: ENTRY }]);
  });

  it("keeps an option that it no longer names once the record is lost, and says so", async () => {
    await story.apply();
    fs.rmSync(path(ADDED_OPTIONS));
    const plan = await planOn(new StandInHost(story.root), { kernelOptions: { present: ["amd_iommu=on"] } });
    expect(plan.changes).toEqual([]);
    expect(codes(plan, "warning")).toContain("options-record-lost");
  });

  it("promises exactly what is staged then", async () => {
    const promised = (await story.plan()).nextBoot.after;
    await story.apply();
    const { rule: _rule, ...expected } = promised.known ? promised.value : { rule: "" };
    const { rule: _staged, ...found } = staged(await story.plan());
    expect(found).toEqual(expected);
  });
});

describe("another declared release", () => {
  it("that kernelstub chooses takes the default back and removes the pin, once it does not run", async () => {
    await story.apply();
    const spec = { kernel: { release: PACKAGED } };
    const folder = new StandInHost(story.root);
    const plan = await planOn(folder, spec);
    expect(plan.steps.map((step) => (step.kind === "exec" ? step.argv[0] : [step.kind, step.path]))).toEqual([
      "kernelstub",
      ["writeFile", CONF],
      ["remove", ENTRY],
      ["remove", `${COPY}/vmlinuz`],
      ["remove", `${COPY}/initrd.img`],
    ]);
    expect(plan.nextBoot.after).toMatchObject({ value: { release: { value: PACKAGED } } });
    fs.writeFileSync(path("/proc/sys/kernel/osrelease"), `${PINNED}\n`);
    expect((await planOn(folder, spec)).steps.map(({ kind }) => kind)).toEqual(["exec", "writeFile"]);
  });

  it("that was cut before it removed the pin has the next apply remove it; one that is kept on purpose stays", async () => {
    await story.apply();
    const host = new StandInHost(story.root);
    const replan = () => planOn(host, { kernel: { release: PACKAGED } });
    const apply = async (stopAfter?: string) => {
      const stop = new AbortController();
      const { status } = await applyPlan({
        plan: await replan(),
        host,
        replan,
        checkBoot: checkingBoot(host),
        observe: (event) => {
          if (event.kind === "step-done" && event.step.kind !== "exec" && event.step.path === stopAfter)
            stop.abort();
        },
        signal: stop.signal,
        now: () => new Date(0),
      });
      return status;
    };
    // Kept, for this boot came by it.
    fs.writeFileSync(path("/proc/sys/kernel/osrelease"), `${PINNED}\n`);
    expect([await apply(), fs.existsSync(path(ENTRY))]).toEqual(["applied", true]);
    fs.writeFileSync(path("/proc/sys/kernel/osrelease"), `${PACKAGED}\n`);
    expect((await replan()).steps).toEqual([]);

    await story.apply();
    expect([await apply(CONF), fs.existsSync(path(ENTRY))]).toEqual(["interrupted", true]);
    const { changes, steps } = await replan();
    expect([changes, steps.map((step) => (step.kind === "remove" ? step.path : step.kind))]).toEqual([
      [],
      [ENTRY, `${COPY}/vmlinuz`, `${COPY}/initrd.img`],
    ]);
    expect([await apply(), fs.existsSync(path(ENTRY))]).toEqual(["applied", false]);
    expect((await replan()).steps).toEqual([]);
  });

  it("leaves nothing of the pin behind when it is carried out", async () => {
    await story.apply();
    const host = new StandInHost(story.root);
    const replan = () => planOn(host, { kernel: { release: PACKAGED } });
    const { signal } = new AbortController();
    const now = () => new Date(0);
    const outcome = await applyPlan({
      plan: await replan(),
      host,
      replan,
      checkBoot: checkingBoot(host),
      observe: () => undefined,
      signal,
      now,
    });
    expect(outcome).toMatchObject({ status: "applied" });
    expect(
      [ENTRY, `${COPY}/vmlinuz`, `${COPY}/initrd.img`].filter((one) => fs.existsSync(path(one))),
    ).toEqual([]);
    expect((await replan()).steps).toEqual([]);
  });

  it("that was cut between its entry and its copies is brought to its end, though nothing else is to do", async () => {
    await story.apply();
    const host = new StandInHost(story.root);
    const wish = { kernel: { release: PINNED }, kernelOptions: { present: ["amd_iommu=on"] } };
    const stale = path(`${dirname(COPY)}/5.4.0-gone/vmlinuz`);
    fs.mkdirSync(dirname(stale), { recursive: true });
    fs.writeFileSync(stale, "kernel 5.4.0-gone");
    const orphan = { kind: "remove", path: `${dirname(COPY)}/5.4.0-gone/vmlinuz`, serves: [] };
    expect((await planOn(host, wish)).steps).toContainEqual(expect.objectContaining(orphan));
    expect((await planOn(host, wish)).steps).not.toContainEqual(
      expect.objectContaining({ kind: "remove", path: `${COPY}/vmlinuz` }),
    );
    expect((await planOn(host, {})).steps).toEqual([]);
  });

  it("is not needed for an option: it goes to the pin that boots next", async () => {
    await story.apply();
    const plan = await planOn(new StandInHost(story.root), { kernelOptions: { present: ["iommu=pt"] } });
    expect(plan.steps).toMatchObject([
      { path: ADDED_OPTIONS },
      { kind: "writeFile", path: ENTRY },
      { path: ADDED_OPTIONS, serves: [] },
    ]);
    // What the story's spec had added, and this one does not name, goes.
    expect(plan.changes.map(({ address, action }) => [address, action])).toEqual([
      ["kernelOptions.iommu", "create"],
      ["kernelOptions.pcie_acs_override", "delete"],
    ]);
    expect(plan.nextBoot.after).toMatchObject({ value: { release: { value: PINNED } } });
  });
});

describe("before anything changes", () => {
  const { capture } = recordedHost("pop-x570");
  const image = debOf(`linux-image-${PINNED}`, "5.3.0-acso-1");
  const wish = { kernel: { release: PINNED, packages: [packageOf(image)] } };

  it("a one-shot entry that would start first is an error", async () => {
    const variable = {
      kind: "file" as const,
      base64: Buffer.concat([
        Buffer.from([7, 0, 0, 0]),
        Buffer.from("Pop_OS-oldkern.conf\0", "utf16le"),
      ]).toString("base64"),
    };
    const name = "/sys/firmware/efi/efivars/LoaderEntryOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
    const plan = await planOf(patched(capture, { [name]: variable }), wish, [image]);
    expect(codes(plan, "error")).toEqual(["one-shot-entry"]);
  });

  it("a default in an EFI variable is changed there, by bootctl, as the last step", async () => {
    const variable = {
      kind: "file" as const,
      base64: Buffer.concat([
        Buffer.from([7, 0, 0, 0]),
        Buffer.from("Pop_OS-current.conf\0", "utf16le"),
      ]).toString("base64"),
    };
    const name = "/sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
    const plan = await planOf(patched(capture, { [name]: variable }), wish, [image]);
    expect(plan.steps.at(-1)).toMatchObject({ argv: ["bootctl", "set-default", `hostcfg-${PINNED}*`] });
  });

  it("a kernelstub that starts its kernel past the boot menu is an error", async () => {
    const configuration = "/etc/kernelstub/configuration";
    const stub = (capture.paths[configuration]?.text ?? "").replaceAll(
      '"manage_mode": true',
      '"manage_mode": false',
    );
    const plan = await planOf(patched(capture, { [configuration]: stub }), wish, [image]);
    expect(codes(plan, "error")).toEqual(["kernelstub-stub-mode"]);
  });

  it("an ESP without room for hostcfg's own copies is an error that says how much is missing", async () => {
    const full = { ...capture.paths[ESP], kind: "directory" as const, freeBytes: 10 };
    const plan = await planOf(patched(capture, { [ESP]: full }), wish, [image]);
    expect(codes(plan, "error")).toEqual(["esp-space"]);
    expect(plan.diagnostics.find(({ code }) => code === "esp-space")?.summary).toContain("own copies");
  });
});
