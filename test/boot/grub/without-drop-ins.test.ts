import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ADDED_OPTIONS, addedOptionsText } from "../../../src/facts/added-options.ts";
import { inFolder } from "../../faults/support/acts.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";
import { Machine, applied } from "../../trial/machine.ts";

/** Arch's grub-mkconfig before their patch that has it read drop-ins. */
const OLDER = { "/usr/bin/grub-mkconfig": "program grub-mkconfig\n\t. ${sysconfdir}/default/grub\n" };
const SETTINGS = "/etc/default/grub";
const ZEN = "6.12.4-zen1-1-zen";
const { capture } = recordedHost("arch-grub");
const TEXT = capture.paths[SETTINGS]?.text ?? "";
const LINE = 'GRUB_CMDLINE_LINUX_DEFAULT="loglevel=3 quiet"';
const ADDED = 'GRUB_CMDLINE_LINUX_DEFAULT="loglevel=3 intel_iommu=on iommu=pt"';
const SPEC = {
  kernel: { release: ZEN },
  kernelOptions: { present: ["intel_iommu=on", "iommu=pt"], absent: ["quiet"] },
};

const host = (patch: Patch = {}) => patched(capture, { ...OLDER, ...patch });
const withLine = (line: string): Patch => ({ [SETTINGS]: TEXT.replace(LINE, line) });

/** What a plan writes into /etc/default/grub. */
async function written(patch: Patch, spec: Parameters<typeof planOf>[1]): Promise<string | undefined> {
  const plan = await planOf(host(patch), spec);
  expect(codes(plan, "error")).toEqual([]);
  const step = plan.steps.findLast((one) => one.kind === "writeFile" && one.path === SETTINGS);
  return step?.kind === "writeFile" ? step.content : undefined;
}

describe("where Arch's grub-mkconfig reads no drop-ins", () => {
  it("the declared options are words of the line in /etc/default/grub, and the pin is a part of hostcfg's own", async () => {
    const plan = await planOf(host(), SPEC);
    expect(codes(plan, "error")).toEqual([]);
    expect(
      plan.steps.flatMap((step) => (step.kind === "exec" ? [step.argv.join(" ")] : [step.path])),
    ).toEqual(["/boot/grub/custom.cfg", ADDED_OPTIONS, SETTINGS, "grub-mkconfig -o /boot/grub/grub.cfg"]);
    const text = await written({}, SPEC);
    expect(text?.startsWith(TEXT.replace(LINE, ADDED))).toBe(true);
    expect(text?.slice(TEXT.replace(LINE, ADDED).length)).toMatch(
      /^### BEGIN hostcfg.*###\nGRUB_DEFAULT='gnulinux-advanced-\S+>gnulinux-linux-zen-advanced-\S+'\n### END hostcfg ###\n$/,
    );
  });

  it.each<[string, string, string]>([
    ["single quotes", "GRUB_CMDLINE_LINUX_DEFAULT='quiet'", "GRUB_CMDLINE_LINUX_DEFAULT='quiet zz=1'"],
    [
      "a later assignment, which counts",
      `${LINE}\nGRUB_CMDLINE_LINUX_DEFAULT=a # mine`,
      `${LINE}\nGRUB_CMDLINE_LINUX_DEFAULT="a zz=1" # mine`,
    ],
    ["no such line", "# none", "# none"],
  ])("every other byte stays: %s", async (_what, line, then) => {
    const wished =
      TEXT.replace(LINE, then) + (line === "# none" ? 'GRUB_CMDLINE_LINUX_DEFAULT="zz=1"\n' : "");
    expect(await written(withLine(line), { kernelOptions: { present: ["zz=1"] } })).toBe(wished);
  });

  it("drop-ins that nothing reads count for nothing", async () => {
    const dropIn = { "/etc/default/grub.d/50-x.cfg": 'GRUB_CMDLINE_LINUX_DEFAULT="zz=1"\n' };
    expect(await written(dropIn, { kernelOptions: { present: ["zz=1"] } })).toContain('quiet zz=1"');
  });

  it.each<[string, string, RegExp]>([
    ["+=", `${LINE}\nGRUB_CMDLINE_LINUX_DEFAULT+=" a"`, /grub:5 uses \+=/],
    ["a command", 'GRUB_CMDLINE_LINUX_DEFAULT="$(cat /etc/x)"', /grub:4 runs a command/],
    [
      "a condition",
      `A=1\nif [ "$A" = 1 ]; then\n${LINE}\nfi`,
      /grub:6 sets GRUB_CMDLINE_LINUX_DEFAULT under a condition/,
    ],
  ])(
    "a line that cannot be edited surely is left alone, with its place and what to do: %s",
    async (_what, line, why) => {
      const plan = await planOf(host(withLine(line)), { kernelOptions: { present: ["zz=1"] } });
      expect(codes(plan, "error")).toContain("grub-settings-unknown");
      const found = plan.diagnostics.find(({ code }) => code === "grub-settings-unknown");
      expect(found?.summary).toMatch(why);
      expect(found?.hint).toMatch(/as plain text/);
      expect(plan.steps).toEqual([]);
    },
  );

  it("a part of hostcfg's own that somebody has changed is not written over", async () => {
    const text = (await written({}, { kernel: { release: ZEN } })) ?? "";
    const changed = {
      [SETTINGS]: text.replace("### END hostcfg ###", "GRUB_TIMEOUT=1\n### END hostcfg ###"),
    };
    const plan = await planOf(host(changed), { kernelOptions: { present: ["zz=1"] } });
    expect(codes(plan, "error")).toContain("grub-drop-in-edited");
  });

  it("a GRUB_DEFAULT behind hostcfg's part is named", async () => {
    const text = `${(await written({}, { kernel: { release: ZEN } })) ?? ""}GRUB_DEFAULT=0\n`;
    const plan = await planOf(host({ [SETTINGS]: text }), { kernel: { release: ZEN } });
    expect(codes(plan, "error")).toContain("grub-overridden");
  });

  it("what is recorded stays hostcfg's once a newer grub-mkconfig reads drop-ins", async () => {
    const older: Patch = {
      ...withLine('GRUB_CMDLINE_LINUX_DEFAULT="loglevel=3 zz=1 quiet"'),
      [ADDED_OPTIONS]: addedOptionsText(["zz=1"]),
    };
    const plan = await planOf(patched(capture, older), { kernelOptions: {} });
    expect(plan.steps.find((step) => step.kind === "writeFile" && step.path === SETTINGS)).toMatchObject({
      content: TEXT,
    });
    const pinned = { [SETTINGS]: (await written({}, { kernel: { release: ZEN } })) ?? "" };
    const next = await planOf(patched(capture, pinned), { kernelOptions: { present: ["zz=1"] } });
    // The part is given back where it stands, and no second place is begun.
    expect(next.steps.flatMap((step) => (step.kind === "writeFile" ? [step.path] : []))).not.toContain(
      "/etc/default/grub.d/95-hostcfg.cfg",
    );
  });
});

describe("the commands on such a host", () => {
  const machineIn = (folder: string): Machine => new Machine(folder, "arch-grub", SPEC, OLDER);
  const settings = (machine: Machine): string => readFileSync(join(machine.root, SETTINGS), "utf8");
  const record = (machine: Machine): unknown => {
    const path = join(machine.root, ADDED_OPTIONS);
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
  };
  const apply = async (machine: Machine): Promise<void> => {
    expect(await applied(machine.host, () => machine.ordinaryPlan())).toBe("applied");
  };

  it("apply comes to rest, a person's edits stay theirs, and undo gives the bytes back", async () => {
    await inFolder(async (folder) => {
      const machine = machineIn(folder);
      await apply(machine);
      expect(record(machine)).toMatchObject({ added: ["intel_iommu=on", "iommu=pt"] });
      expect(await machine.next()).toMatchObject({ release: { known: true, value: ZEN } });
      expect((await machine.hostcfg("plan /etc/host.yaml")).said).toMatch(/No changes/);
      const { exit, said } = await machine.hostcfg("undo --auto-approve");
      expect([exit, exit === 0 ? "" : said]).toEqual([0, ""]);
      expect(settings(machine)).toBe(TEXT);
      expect(record(machine)).toBeUndefined();
    });
  });

  it("what the spec no longer names goes from a line that a person has edited since, and nothing else", async () => {
    await inFolder(async (folder) => {
      const machine = machineIn(folder);
      await apply(machine);
      const edited = settings(machine).replace(
        ADDED,
        "GRUB_CMDLINE_LINUX_DEFAULT='mine=1 iommu=pt intel_iommu=on'  # my line",
      );
      writeFileSync(join(machine.root, SETTINGS), edited);
      appendFileSync(join(machine.root, SETTINGS), "GRUB_TIMEOUT=9\n");
      machine.spec = { ...machine.spec, kernelOptions: { present: ["intel_iommu=on"] } };
      await apply(machine);
      expect(settings(machine)).toBe(`${edited.replace("iommu=pt ", "")}GRUB_TIMEOUT=9\n`);
      expect(record(machine)).toMatchObject({ added: ["intel_iommu=on"] });
    });
  });

  it("leave takes out what hostcfg added, and that alone", async () => {
    await inFolder(async (folder) => {
      const machine = machineIn(folder);
      await apply(machine);
      await machine.reboot();
      const { exit, said } = await machine.hostcfg("leave --auto-approve");
      expect([exit, exit === 0 ? "" : said]).toEqual([0, ""]);
      expect(settings(machine)).toBe(TEXT.replace(LINE, 'GRUB_CMDLINE_LINUX_DEFAULT="loglevel=3"'));
    });
  });

  it("a trial boots once, and is taken back or kept", async () => {
    await inFolder(async (folder) => {
      const machine = machineIn(folder);
      const before = await machine.next();
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      expect(settings(machine)).toContain("GRUB_DEFAULT='hostcfg-");
      expect((await machine.reboot()).release).toEqual({ known: true, value: ZEN });
      expect((await machine.next()).release).toEqual(before.release);
      expect(await applied(machine.host, () => machine.keepPlan())).toBe("applied");
      expect(settings(machine)).not.toContain("hostcfg is at work");
      expect((await machine.reboot()).release).toEqual({ known: true, value: ZEN });
      expect((await machine.ordinaryPlan()).changes).toEqual([]);
    });
  });
});
