import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FIRST } from "../system/rig/efi-disk.ts";
import type { Started } from "../system/rig/live.ts";
import { realKernel } from "../system/rig/real-kernel.ts";
import { tool } from "../system/rig/tool.ts";
import type { Kernels, LoaderName } from "./rig/build.ts";
import { dumpFolder, faultyFiles, mended, startedFromEsp, startedFromRoot } from "./rig/disk-rules.ts";
import { BY_SYSTEMD } from "./rig/first-program.ts";
import { ALL, MODELS } from "./rig/models.ts";
import type { Promised } from "./rig/promise.ts";
import { broken, groupsOf, optionsOf, planOf } from "./rig/promise.ts";
import { partOf } from "./rig/qemu.ts";
import { replay } from "./rig/replay.ts";
import type { Seen } from "./rig/seen.ts";
import { changed, filesOf, look } from "./rig/seen.ts";
import { HOST_CARD, PLUGGED, SPEC, TO_VFIO, drivers, vfioSpecOf, writeSpec } from "./rig/spec.ts";
import { withMachine } from "./rig/stock.ts";
import { printTable, tell } from "./rig/told.ts";
import { runUntil } from "./rig/until.ts";

interface Cut {
  readonly what: string;
  /** By the steps that are done. */
  readonly reached: (done: number, of: number) => boolean;
  /** The loaders that are cut so in each run. */
  readonly short: readonly LoaderName[];
}
const CUTS: readonly Cut[] = [
  { what: "when half of the steps are done", reached: (done, of) => done * 2 >= of, short: [] },
  { what: "in the last step", reached: (done, of) => done === of - 1, short: [] },
  // The log of the disk has the states of the others as well.
  {
    what: "once apply has said that it is done",
    reached: () => false,
    short: ["grub"],
  },
];

/** An older kernel, and options that a loader may spoil: one with a blank in it, one that goes. */
const specOf = ({ older }: Kernels): string => `apiVersion: hostcfg/v1
devices:
  host-gpu: { id: "1234:1111" }
  vm-gpu: { id: "1013:00b8", functions: [0, 1] }
kernel:
  release: ${older}
kernelOptions:
  present: [intel_iommu=on, iommu=pt, 'dyndbg="file drivers/pci/probe.c +p"']
  absent: [quiet]
iommuGroups:
  separate: [[host-gpu, vm-gpu]]
`;

afterAll(printTable);

describe.concurrent.each(MODELS.filter(({ short }) => ALL || short === true))("$name", (model) => {
  it("boots what its plan promised, verifies, and is as before once that is undone", async () => {
    await withMachine(model, async ({ kernels, on }) => {
      let guest = await on({ acs: true });
      await writeSpec(guest, specOf(kernels));
      const [before, files] = [await look(guest), await filesOf(guest)];
      expect(before.release).toBe(kernels.newer);
      const { next, requirements } = await planOf(guest, SPEC);
      expect(requirements).toEqual({
        "iommuGroups.separate[0]": expect.stringMatching(/satisfied|predicted/) as string,
      });
      await guest.must(`hostcfg apply ${SPEC} --auto-approve`);
      const promised: Promised = { ...next, groups: await groupsOf(guest) };
      await guest.off();

      guest = await on({ acs: true });
      const after = await look(guest);
      expect(broken(promised, after)).toEqual([]);
      await guest.must(`hostcfg verify ${SPEC}`);
      await guest.must(`hostcfg plan ${SPEC} --detailed-exitcode`);
      tell({
        machine: model.name,
        story: "plan, apply, reboot, verify",
        promised: told(promised),
        came: told(after),
      });
      await guest.must("hostcfg undo --auto-approve");
      expect(changed(files, await filesOf(guest))).toEqual([]);
      await guest.off();

      guest = await on({ acs: true });
      const undone = await look(guest);
      expect(undone).toEqual(before);
      tell({ machine: model.name, story: "undo, reboot", promised: "as before", came: told(undone) });
    });
  });

  it.each(CUTS.filter(({ short }) => ALL || short.includes(model.loader)))(
    "comes up after a power cut $what, and the next apply converges",
    async ({ what, reached }) => {
      await withMachine(model, async ({ kernels, folder, on }) => {
        const of = model.loader === "grub" ? "root" : "esp";
        const [base, log] = [join(folder, "base"), join(folder, "log")];
        tool("cp", "--sparse=always", partOf(folder, `${of}.img`), base);
        let guest = await on({ acs: true, log: { of, file: log } });
        await writeSpec(guest, specOf(kernels));
        const before = await look(guest);
        const { next } = await planOf(guest, SPEC);
        const promised: Promised = { ...next, groups: before.groups };
        const ended = await runUntil(guest, `hostcfg apply ${SPEC} --auto-approve`, reached);
        await guest.cut();

        const mayStart = [before.release, promised.release];
        const mayTell = [optionsOf(before.cmdline), promised.options];
        const known = ({ release, cmdline }: Pick<Seen, "release" | "cmdline">): string => {
          const [start, line] = [mayStart.indexOf(release), mayTell.indexOf(optionsOf(cmdline))];
          if (start === -1 || line === -1)
            throw new Error(`${release} with ${cmdline}: neither as before nor as promised`);
          return `the ${NAMES[start] ?? ""} kernel with the ${NAMES[line] ?? ""} options`;
        };
        guest = await on({ acs: true });
        const came = await look(guest);
        if (ended) expect(broken(promised, came)).toEqual([]);
        tell({
          machine: model.name,
          story: `power cut ${what}`,
          promised: ended ? "the new" : "the old or the new",
          came: known(came),
        });
        await guest.must("hostcfg check");
        await guest.must(`hostcfg apply ${SPEC} --auto-approve`);
        await guest.must(`hostcfg plan ${SPEC} --detailed-exitcode`);
        await guest.off();
        if (!ended) {
          guest = await on({ acs: true });
          expect(broken(promised, await look(guest))).toEqual([]);
          await guest.off();
        }

        const { states, told: outcomes } = replay(
          { base, log, offset: of === "esp" ? FIRST : 0 },
          judgeOf(of, folder, known),
        );
        tell({
          machine: model.name,
          story: `what a cut ${what} or before could have left on the disk`,
          promised: "the old or the new",
          came: `${states} states: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join("; ")}`,
        });
      });
    },
  );

  it.runIf(ALL)("keeps the pinned kernel when a newer one is installed, and verifies each boot", async () => {
    await withMachine(model, async ({ kernels, on, put }) => {
      const newest = realKernel("realtime", model.suite);
      put(newest.deb, "/root/newest.deb");
      let guest = await on({ acs: true });
      await writeSpec(guest, specOf(kernels));
      const { next } = await planOf(guest, SPEC);
      await guest.must(`hostcfg apply ${SPEC} --auto-approve`);
      await guest.must(`hostcfg enable-verify ${SPEC} --auto-approve`);
      await guest.must("dpkg --install /root/newest.deb && rm /root/newest.deb");
      await guest.must(`test -e /boot/vmlinuz-${newest.release} && touch ${BY_SYSTEMD}`);
      await guest.off();

      guest = await on({ acs: true });
      const came = await look(guest);
      expect(broken({ ...next, groups: came.groups }, came)).toEqual([]);
      tell({
        machine: model.name,
        story: `${newest.release} is installed after the pin, reboot`,
        promised: next.release,
        came: came.release,
      });
      // It runs on while others are served already.
      await guest.must(
        "until [ $(systemctl is-active hostcfg-verify.service) != activating ]; do sleep 2; done",
      );
      const unit = "systemctl show hostcfg-verify.service --property=Result --value";
      expect((await guest.must(unit)).trim()).toBe("success");
      await guest.must("hostcfg status");
      // What is asked for now is nowhere on this host.
      await guest.must(`sed -i 's/present: \\[/&nosuch.option=1, /' ${SPEC} && grep -q nosuch ${SPEC}`);
      expect(await guest.run("systemctl restart hostcfg-verify.service")).toMatchObject({ exitCode: 1 });
      const failed = (await guest.must(unit)).trim();
      expect(failed).toBe("exit-code");
      expect(await guest.run("hostcfg status")).toMatchObject({ exitCode: 2 });
      tell({
        machine: model.name,
        story: "the unit at this boot; and once the spec asks for more",
        promised: "success; exit-code",
        came: `success; ${failed}`,
      });
      await guest.off();
    });
  });

  it.runIf(ALL && model.loader === "grub")(
    "gives both functions of a card and a plugged card to vfio-pci, and parts the cards only where the ports do",
    async () => {
      await withMachine(model, async ({ kernels, on }) => {
        let guest = await on({ acs: true });
        await writeSpec(guest, vfioSpecOf(kernels));
        const { requirements } = await planOf(guest, SPEC);
        expect(requirements["iommuGroups.separate[0]"]).toMatch(/satisfied|predicted/);
        await guest.must(`hostcfg apply ${SPEC} --auto-approve`);
        const groups = await groupsOf(guest);
        await guest.off();

        for (const acs of [true, false]) {
          guest = await on({ acs });
          const came = await look(guest);
          const together = came.groups.some((group) => HOST_CARD.every((one) => group.includes(one)));
          expect(drivers(came)).toEqual(TO_VFIO);
          if (acs) expect(came.groups).toEqual(groups);
          const verified = await guest.run(`hostcfg verify ${SPEC}`);
          expect([together, verified.exitCode, verified.stdout]).toEqual([
            !acs,
            acs ? 0 : 2,
            expect.any(String),
          ]);
          tell({
            machine: model.name,
            story: `vfio, ports ${acs ? "with" : "without"} ACS, reboot`,
            promised: `${Object.keys(TO_VFIO).join(", ")}: vfio-pci; the cards are ${acs ? "apart" : "together, and verify says so"}`,
            came: `${Object.entries(drivers(came))
              .map(([device, driver]) => `${device}: ${driver}`)
              .join(", ")}; ${together ? "together" : "apart"}, verify exits with ${verified.exitCode}`,
          });
          // Pulled out and plugged in.
          await guest.must(
            `echo 1 >/sys/bus/pci/devices/${PLUGGED}/remove; echo 1 >/sys/bus/pci/rescan; udevadm settle`,
          );
          expect(drivers(await look(guest))).toEqual(TO_VFIO);
          tell({
            machine: model.name,
            story: `${PLUGGED} is taken out and comes back, ports ${acs ? "with" : "without"} ACS`,
            promised: "vfio-pci",
            came: drivers(await look(guest))[PLUGGED] ?? "no driver",
          });
          await guest.off();
        }
      });
    },
  );
});

const NAMES = ["old", "new"];

/** Names that hostcfg writes to until a rename. */
const TEMPORARY = /\.hostcfg-[0-9a-f]{12}$/;

function judgeOf(
  of: "root" | "esp",
  folder: string,
  known: (started: Started) => string,
): (image: string) => string {
  if (of === "root") return (image) => known(startedFromRoot(image));
  const boot = join(folder, "boot");
  dumpFolder(partOf(folder, "root.img"), "/boot", folder);
  return (image) => {
    const found = known(startedFromEsp(image, boot));
    const faulty = faultyFiles(image).filter((path) => !TEMPORARY.test(path));
    if (faulty.length === 0) return found;
    const then = known(startedFromEsp(mended(image), boot));
    return `${found}, and ${then} once fsck.fat has mended ${[...new Set(faulty)].join(", ")}`;
  };
}

function told({ release, groups }: Pick<Promised, "release" | "groups">): string {
  return `${release}, ${groups.length} IOMMU groups`;
}
