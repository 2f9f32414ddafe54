import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ADDED_OPTIONS, addedOptionsText } from "../../../src/facts/added-options.ts";
import type { Capture } from "../../../src/host/capture.ts";
import { grub } from "../../../src/boot/grub/plan.ts";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import type { Fact, NextBoot, Plan } from "../../../src/model/index.ts";
import { makePlan } from "../../../src/plan/make.ts";
import { probe } from "../../../src/plan/probe.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import { StandInHost } from "../../standins/host.ts";
import { machineOf } from "../../standins/machine.ts";
import { materialise } from "../../support/materialise.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost, withoutDevices } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const SETTINGS = "/etc/default/grub";
const DROP_IN = "/etc/default/grub.d/95-hostcfg.cfg";
const MENU = "/boot/grub/grub.cfg";
const CUSTOM = "/boot/grub/custom.cfg";
const UUID = "c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77";
const [OLD, NEW] = ["6.1.0-25-amd64", "6.1.0-26-amd64"];
const pathTo = (release: string): string => `gnulinux-advanced-${UUID}>gnulinux-${release}-advanced-${UUID}`;

function kernel(release: string): Patch {
  return {
    [`/boot/vmlinuz-${release}`]: `kernel ${release}\n`,
    [`/boot/initrd.img-${release}`]: `initrd of ${release}\n`,
    [`/usr/lib/modules/${release}/modules.dep`]: "\n",
  };
}

function value(fact: Fact<NextBoot>): NextBoot {
  if (!fact.known) throw new Error(fact.why);
  return fact.value;
}

function written(plan: Plan, path: string): string | undefined {
  const step = plan.steps.find((one) => one.kind !== "exec" && one.path === path);
  return step?.kind === "writeFile" ? step.content : undefined;
}

/** Carries out a plan's file steps in a folder and runs the stand-in for update-grub. */
async function afterwards(
  host: Capture,
  spec: Omit<HostSpec, "apiVersion">,
): Promise<{ plan: Plan; then: Plan; menu: string }> {
  const folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-grub-"));
  try {
    const paths = withoutDevices(host).paths;
    materialise({ paths }, folder);
    const standIn = new StandInHost(folder);
    const source = {
      path: "x",
      sha256: "0".repeat(64),
      spec: { apiVersion: "hostcfg/v1" as const, ...spec },
      diagnostics: [],
      locate: () => undefined,
    };
    const look = async (): Promise<Plan> =>
      makePlan({
        source,
        state: await probe(new LinkReader(standIn.tree()), source.spec),
        debs: [],
        hostcfgVersion: "0",
      });
    machineOf(folder).run(["update-grub"]);
    const plan = await look();
    for (const step of plan.steps) {
      if (step.kind === "writeFile") {
        standIn.makeFolder(join(step.path, ".."), 0o755);
        standIn.writeFile(step.path, step.content, { mode: 0o644 });
      } else if (step.kind === "remove") standIn.remove(step.path);
      else if (step.kind === "exec") machineOf(folder).run(step.argv);
    }
    return { plan, then: await look(), menu: fs.readFileSync(join(folder, MENU), "utf8") };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

describe("what GRUB boots next, before any change", () => {
  it("is the first entry of the menu where the default is 0", async () => {
    const before = value((await planOf(capture, {})).nextBoot.before);
    expect(before).toMatchObject({
      loader: "grub",
      release: { known: true, value: NEW },
      kernel: `/boot/vmlinuz-${NEW}`,
      initrd: `/boot/initrd.img-${NEW}`,
      options: `root=UUID=${UUID} ro quiet`,
      fallback: { known: true, value: OLD },
    });
  });

  const menu = capture.paths[MENU]?.text ?? "";
  const block = (...lines: string[]): string =>
    `# GRUB Environment Block\n${lines.map((line) => `${line}\n`).join("")}####`;
  it.each([
    [
      "a path of ids",
      menu.replace('set default="0"', `set default="${pathTo(OLD)}"`),
      block(),
      OLD,
      "by its id",
    ],
    ["a path of numbers", menu.replace('set default="0"', 'set default="1>2"'), block(), OLD, '"1>2"'],
    [
      "the saved entry",
      menu.replace('set default="0"', 'set default="${saved_entry}"'),
      block(`saved_entry=${pathTo(OLD)}`),
      OLD,
      "the saved entry",
    ],
    ["no saved entry", menu.replace('set default="0"', 'set default="${saved_entry}"'), block(), NEW, '"0"'],
    [
      "an entry that is gone",
      menu.replace('set default="0"', 'set default="gone"'),
      block(),
      NEW,
      "names no entry",
    ],
    ["a one-shot entry", menu, block(`next_entry=${pathTo(OLD)}`), OLD, "for one boot"],
  ])("follows %s", async (_case, text, environment, release, rule) => {
    const host = patched(capture, { [MENU]: text, "/boot/grub/grubenv": environment });
    const before = value((await planOf(host, {})).nextBoot.before);
    expect(before.release).toEqual({ known: true, value: release });
    expect(before.rule).toContain(rule);
  });

  it("is unknown where the menu names a kernel that is gone", async () => {
    const host = patched(capture, { [`/boot/vmlinuz-${NEW}`]: null });
    expect(value((await planOf(host, {})).nextBoot.before).release).toMatchObject({ known: false });
  });
});

describe("the prediction", () => {
  const dropIns: Patch = {
    "/etc/default/grub.d/50-cloudimg-settings.cfg":
      'GRUB_CMDLINE_LINUX_DEFAULT="console=tty1 console=ttyS0"\nGRUB_RECORDFAIL_TIMEOUT=0\n',
    "/etc/default/grub.d/kdump.cfg":
      'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=512M"\n',
  };
  it.each<[string, Patch, Omit<HostSpec, "apiVersion">]>([
    ["a release", {}, { kernel: { release: OLD } }],
    [
      "options",
      {},
      { kernelOptions: { present: ["iommu=pt", 'dyndbg="file a.c +p"', "a=b;c"], absent: ["quiet"] } },
    ],
    [
      "both, with drop-ins before and after",
      dropIns,
      { kernel: { release: OLD }, kernelOptions: { present: ["iommu=pt", "console=ttyS1"] } },
    ],
    [
      "another value",
      { [SETTINGS]: "GRUB_CMDLINE_LINUX='iommu=on  a'\n" },
      { kernelOptions: { present: ["iommu=pt"] } },
    ],
    ["no submenu", { [SETTINGS]: "GRUB_DISABLE_SUBMENU=y\n" }, { kernel: { release: OLD } }],
    ["no recovery", { [SETTINGS]: "GRUB_DISABLE_RECOVERY=true\n" }, { kernel: { release: OLD } }],
    ["the newest", {}, { kernel: { release: NEW } }],
    ["a patched kernel that sorts below", kernel("6.1.0-acso"), { kernel: { release: "6.1.0-acso" } }],
    [
      "options for a saved default",
      { [SETTINGS]: "GRUB_DEFAULT=saved\n" },
      { kernelOptions: { present: ["a"] } },
    ],
  ])("of %s is what update-grub then writes, and nothing is left to do", async (_case, patch, spec) => {
    const { plan, then } = await afterwards(patched(capture, patch), spec);
    expect(codes(plan, "error")).toEqual([]);
    expect(then.nextBoot.before).toEqual(plan.nextBoot.after);
    expect([then.changes, then.steps]).toEqual([[], []]);
    expect(plan.steps.filter(({ kind }) => kind === "exec")).toHaveLength(1);
  });

  it("is not misled by an entry that another script has put in front of all kernels", async () => {
    const custom = "menuentry 'Memory test' --id memtest {\n\tlinux /boot/memtest.elf\n}\n";
    const text = (capture.paths[MENU]?.text ?? "").replace("menuentry ", `${custom}menuentry `);
    const host = patched(capture, { [MENU]: text });
    const { before, after } = (await planOf(host, { kernelOptions: { present: ["iommu=pt"] } })).nextBoot;
    expect([value(before).kernel, value(after).kernel]).toEqual(["/boot/memtest.elf", "/boot/memtest.elf"]);
  });

  it("has the subvolume of / that update-grub puts on the line by itself", async () => {
    const text = (capture.paths[MENU]?.text ?? "").replaceAll(" ro ", " ro rootflags=subvol=@ ");
    const plan = await planOf(patched(capture, { [MENU]: text }), { kernelOptions: { present: ["a"] } });
    expect(value(plan.nextBoot.after).options).toBe(`root=UUID=${UUID} ro rootflags=subvol=@ quiet a`);
  });

  it("keeps recovery entries without what is declared", async () => {
    const { menu } = await afterwards(capture, { kernelOptions: { present: ["iommu=pt"] } });
    const recovery = menu.split("\n").filter((line) => line.includes("linux\t") && line.includes("single"));
    expect(recovery).toHaveLength(2);
    expect(recovery.join("\n")).not.toContain("iommu");
  });
});

describe("a declared release", () => {
  it("is pinned by the ids of its submenu and entry, in hostcfg's own file", async () => {
    const plan = await planOf(capture, { kernel: { release: OLD } });
    expect(written(plan, DROP_IN)).toContain(`GRUB_DEFAULT='${pathTo(OLD)}'`);
    expect(plan.nextBoot.afterUpgrade).toMatchObject({ known: true, value: { keeps: true } });
    expect(plan.steps.map((step) => (step.kind === "exec" ? step.argv : step.kind))).toEqual([
      "writeFile",
      ["update-grub"],
    ]);
  });

  it("is pinned although it is the newest, for a newer one would take its place", async () => {
    const plan = await planOf(capture, { kernel: { release: NEW } });
    expect(plan.changes.map(({ before, after }) => [before, after])).toEqual([[`${NEW}, not pinned`, NEW]]);
  });

  it.each([
    ["0", undefined, false],
    ["1>2", undefined, false],
    [`Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux ${OLD}`, undefined, true],
    [pathTo(OLD), undefined, true],
    ["saved", undefined, false],
    ["saved", "0", false],
    ["saved", pathTo(OLD), true],
  ])(
    "that is the default by %s, saved entry %s, is kept after an upgrade: %s",
    async (chosen, saved, keeps) => {
      const host = patched(capture, {
        [SETTINGS]: `GRUB_DEFAULT='${chosen}'\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\n`,
        "/boot/grub/grubenv": `# GRUB Environment Block\n${saved === undefined ? "" : `saved_entry=${saved}\n`}###`,
        [MENU]: {
          kind: "file",
          text: (capture.paths[MENU]?.text ?? "").replace(
            'set default="0"',
            `set default="${chosen === "saved" ? "${saved_entry}" : chosen}"`,
          ),
        },
      });
      const plan = await planOf(host, { kernelOptions: { present: ["quiet"] } });
      expect(plan.nextBoot.afterUpgrade).toMatchObject({ known: true, value: { keeps } });
    },
  );

  it("stays pinned when a newer kernel comes", async () => {
    const { then } = await afterwards(patched(capture, kernel("6.1.0-99-amd64")), {
      kernel: { release: OLD },
    });
    expect(value(then.nextBoot.before).release).toEqual({ known: true, value: OLD });
    expect(then.nextBoot.afterUpgrade).toMatchObject({ value: { keeps: true } });
  });

  it("is refused where a later file sets the default anew, with the file and the remedy", async () => {
    const later = "/etc/default/grub.d/proxmox-kernel-pin.cfg";
    const plan = await planOf(patched(capture, { [later]: "GRUB_DEFAULT=0\n" }), {
      kernel: { release: OLD },
    });
    expect(codes(plan, "error")).toEqual(["grub-overridden"]);
    const [problem] = plan.diagnostics.filter(({ code }) => code === "grub-overridden");
    expect(problem?.summary).toContain(later);
    expect(problem?.hint).toBe("sudo proxmox-boot-tool kernel unpin");
    // A pin of that tool for one boot is the declared release, and not for long.
    const once = patched(capture, {
      [later]: `GRUB_DEFAULT="gnulinux-advanced-c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77>gnulinux-${OLD}-advanced-c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77"\n`,
      "/etc/kernel/next-boot-pin": `${OLD}\n`,
    });
    expect(codes(await planOf(once, { kernel: { release: OLD } }), "error")).toContain("one-shot-entry");
  });

  it("is refused while a one-shot entry would start another", async () => {
    const grubenv = `# GRUB Environment Block\nnext_entry=${pathTo(NEW)}\n###`;
    const plan = await planOf(patched(capture, { "/boot/grub/grubenv": grubenv }), {
      kernel: { release: OLD },
    });
    expect(codes(plan, "error")).toEqual(["one-shot-entry"]);
  });
});

describe("declared options", () => {
  it("leave every byte of the user's file but those of the options that go", async () => {
    const text = `# mine\nGRUB_CMDLINE_LINUX_DEFAULT='splash quiet'" iommu=on"  # keep\nGRUB_TIMEOUT=5\n`;
    const plan = await planOf(patched(capture, { [SETTINGS]: text }), {
      kernelOptions: { present: ["iommu=pt"], absent: ["quiet"] },
    });
    expect(written(plan, SETTINGS)).toBe(
      `# mine\nGRUB_CMDLINE_LINUX_DEFAULT='splash'""  # keep\nGRUB_TIMEOUT=5\n`,
    );
    expect(written(plan, DROP_IN)).toContain("'iommu=pt'");
  });

  it("are nowhere missing when a cut comes between hostcfg's file and the user's, and the rest is planned the same", async () => {
    const text = 'GRUB_CMDLINE_LINUX_DEFAULT="quiet iommu=on"\n';
    const spec = { kernelOptions: { present: ["nosmt", "iommu=pt"] } };
    const plan = await planOf(patched(capture, { [SETTINGS]: text }), spec);
    expect(plan.steps).toMatchObject([
      { path: CUSTOM },
      { kind: "writeFile", path: DROP_IN },
      { path: SETTINGS },
      { kind: "exec" },
    ]);
    const cut = {
      [SETTINGS]: text,
      [CUSTOM]: written(plan, CUSTOM) ?? "",
      [DROP_IN]: written(plan, DROP_IN) ?? "",
    };
    const rest = await planOf(patched(capture, cut), spec);
    expect(rest.steps).toMatchObject([
      { path: SETTINGS, content: written(plan, SETTINGS) },
      { argv: ["update-grub"] },
    ]);
  });

  it("are not added again where the user's own file has them", async () => {
    const plan = await planOf(capture, { kernelOptions: { present: ["quiet"] } });
    expect([plan.changes, plan.steps]).toEqual([[], []]);
  });

  it("go, and hostcfg's file with them, once the spec has them no longer; the user's stay", async () => {
    const added = `# Written by hostcfg, which owns this file: "hostcfg apply" makes it anew from the host's spec.\nGRUB_CMDLINE_LINUX_DEFAULT="\${GRUB_CMDLINE_LINUX_DEFAULT} "'iommu=pt'\n`;
    const { plan, then } = await afterwards(patched(capture, { [DROP_IN]: added }), {
      kernelOptions: { present: [] },
    });
    expect(plan.changes.map(({ address, action, reason }) => [address, action, reason])).toEqual([
      ["kernelOptions.iommu", "delete", "hostcfg added it earlier; the spec no longer asks for it"],
    ]);
    expect(plan.steps).toMatchObject([
      { kind: "writeFile", path: ADDED_OPTIONS },
      { kind: "remove", path: DROP_IN },
      { kind: "exec", argv: ["update-grub"] },
      { kind: "writeFile", path: ADDED_OPTIONS, serves: [] },
    ]);
    expect(value(then.nextBoot.before).options).toBe(`root=UUID=${UUID} ro quiet`);
  });

  it("go from the menu as well where a cut came between hostcfg's file and update-grub", async () => {
    const text = (capture.paths[MENU]?.text ?? "").replaceAll(" quiet", " quiet iommu=pt");
    const host = patched(capture, { [MENU]: text, [ADDED_OPTIONS]: addedOptionsText(["iommu=pt"]) });
    const plan = await planOf(host, { kernelOptions: { present: [] } });
    expect(plan.changes.map(({ address, action }) => [address, action])).toEqual([
      ["kernelOptions.iommu", "delete"],
    ]);
    expect(plan.steps).toMatchObject([
      { argv: ["update-grub"] },
      { path: ADDED_OPTIONS, content: addedOptionsText([]) },
    ]);
  });

  it("stay where the settings have them, whatever a record of another loader says", async () => {
    const host = patched(capture, { [ADDED_OPTIONS]: addedOptionsText(["quiet"]) });
    const plan = await planOf(host, { kernelOptions: { present: [] } });
    expect([plan.changes, plan.steps]).toEqual([[], []]);
  });

  it("go with the page size that they belong to, and no two changes have one address", async () => {
    const [one, two] = [
      ["hugepagesz=2M", "hugepages=512"],
      ["hugepagesz=1G", "hugepages=4"],
    ];
    const heading = `# Written by hostcfg, which owns this file: "hostcfg apply" makes it anew from the host's spec.\n`;
    const added = `${heading}GRUB_CMDLINE_LINUX_DEFAULT="\${GRUB_CMDLINE_LINUX_DEFAULT} "'${[...one, ...two].join(" ")}'\n`;
    const host = patched(capture, { [DROP_IN]: added });
    const { then } = await afterwards(host, { kernelOptions: { present: two } });
    expect(value(then.nextBoot.before).options).toBe(`root=UUID=${UUID} ro quiet ${two.join(" ")}`);
    const none = await planOf(host, { kernelOptions: { present: [] } });
    expect(none.changes.map(({ address }) => address)).toEqual([
      "kernelOptions.hugepagesz=2M",
      "kernelOptions.hugepagesz=1G",
    ]);
  });

  it("stay as hostcfg left them where the spec does not speak of options", async () => {
    const added = `# Written by hostcfg, which owns this file: "hostcfg apply" makes it anew from the host's spec.\nGRUB_CMDLINE_LINUX_DEFAULT="\${GRUB_CMDLINE_LINUX_DEFAULT} "'iommu=pt'\n`;
    const plan = await planOf(patched(capture, { [DROP_IN]: added }), { kernel: { release: OLD } });
    expect(written(plan, DROP_IN)).toContain("'iommu=pt'");
  });

  it.each([
    ["GRUB cannot hand over", {}, { present: [`a="b'c"`], absent: [] }, "option-inexpressible"],
    [
      "are only known to a shell",
      { [SETTINGS]: "GRUB_CMDLINE_LINUX=`cat /etc/line`\n" },
      { present: ["a"], absent: [] },
      "grub-settings-unknown",
    ],
    [
      "a later file assigns anew",
      { "/etc/default/grub.d/99.cfg": "GRUB_CMDLINE_LINUX_DEFAULT=quiet\n" },
      { present: ["a"], absent: [] },
      "grub-overridden",
    ],
    [
      "would stand behind --",
      { [SETTINGS]: 'GRUB_CMDLINE_LINUX_DEFAULT="quiet -- 3"\n' },
      { present: ["a"], absent: [] },
      "grub-overridden",
    ],
    [
      "somebody has written into hostcfg's file",
      { [DROP_IN]: "GRUB_TIMEOUT=1\n" },
      { present: ["a"], absent: [] },
      "grub-drop-in-edited",
    ],
  ])("are refused where they %s", async (_case, patch, kernelOptions, code) => {
    const plan = await planOf(patched(capture, patch), { kernelOptions });
    expect(codes(plan, "error")).toEqual([code]);
    expect(plan.diagnostics.find((one) => one.code === code)?.hint).toBeDefined();
  });

  it("are staged by update-grub alone where somebody wrote the settings and forgot it", async () => {
    const host = patched(capture, { [SETTINGS]: 'GRUB_CMDLINE_LINUX_DEFAULT="quiet iommu=pt"\n' });
    const plan = await planOf(host, { kernelOptions: { present: ["iommu=pt"] } });
    expect(plan.steps).toMatchObject([{ path: CUSTOM }, { argv: ["update-grub"] }]);
  });
});

describe("a GRUB that cannot be driven", () => {
  it("is known to have its menu made by the hooks of packages all the same", async () => {
    const state = await probe(new LinkReader(new CaptureTree(capture)));
    const { grub: facts } = state.bootLoader;
    if (facts === undefined) throw new Error("the host has GRUB");
    const unreadable = { ...facts, settings: { known: false as const, why: "they cannot be read" } };
    const unlike = { ...state, bootLoader: { ...state.bootLoader, grub: unreadable } };
    const input = { state: unlike, wish: {}, kernels: [], packagesRun: true, hooksRun: true };
    expect(grub.plan(input).hooks).toEqual({ touches: [MENU], flushes: ["/boot/grub"] });
    expect(grub.plan({ ...input, packagesRun: false }).hooks).toBeUndefined();
  });
});

describe("a menu that belongs to another root file system", () => {
  it("is an error before the reboot", async () => {
    const menu = (capture.paths[MENU]?.text ?? "").replaceAll(`root=UUID=${UUID}`, "root=UUID=another");
    const plan = await planOf(patched(capture, { [MENU]: menu }), { kernel: { release: OLD } });
    expect(codes(plan, "error")).toEqual(["root-mismatch"]);
  });
});
