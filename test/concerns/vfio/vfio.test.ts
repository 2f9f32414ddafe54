import { describe, expect, it } from "vitest";
import { WAY_BACK_ADDRESS } from "../../../src/boot/way-back.ts";
import type { Capture, CapturedPath } from "../../../src/host/capture.ts";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { takeCapture } from "../../../src/plan/capture.ts";
import type { Plan, WriteFileStep } from "../../../src/model/index.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, debOf, packageOf, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("pop-x570");
const RELEASE = "5.3.0-7625-generic";
const MODULES = `/usr/lib/modules/${RELEASE}`;
const INITRD = `/boot/initrd.img-${RELEASE}`;
const MODPROBE = "/etc/modprobe.d/hostcfg-vfio.conf";
const HOOK = "/etc/initramfs-tools/hooks/hostcfg-vfio";
const SCRIPT = "/etc/initramfs-tools/scripts/init-top/hostcfg-vfio";

const DEVICES: HostSpec["devices"] = { "host-gpu": { id: "1002:731f" }, "vm-gpu": { id: "10de:2206" } };

interface Situation {
  /** What the initrd holds of that which is asked for. */
  readonly initrd?: readonly string[];
  /** Lines of modules.builtin. */
  readonly builtIn?: readonly string[];
  readonly more?: Patch;
}

function host({ initrd = [], builtIn = [], more = {} }: Situation = {}): Capture {
  const parts = ["etc/modprobe.d/hostcfg-vfio.conf", "scripts/init-top/hostcfg-vfio", "/vfio-pci.ko"];
  const members = Object.fromEntries(
    parts.map((part) => [part, initrd.filter((name) => name.includes(part))]),
  );
  const entry: CapturedPath = { ...capture.paths[INITRD], kind: "file", members };
  return patched(capture, {
    [INITRD]: entry,
    [`${MODULES}/modules.builtin`]: builtIn.map((line) => `${line}\n`).join(""),
    "/dev/vfio": null,
    "/sys/class/graphics": null,
    ...more,
  });
}

const IN_INITRD = [
  "etc/modprobe.d/hostcfg-vfio.conf",
  `usr/lib/modules/${RELEASE}/kernel/drivers/vfio/pci/vfio-pci.ko.zst`,
];

function commands({ steps }: Plan): string[] {
  const own = steps.filter(({ serves }) => !serves.includes(WAY_BACK_ADDRESS));
  return own.map((step) => (step.kind === "exec" ? step.argv.join(" ") : `${step.kind} ${step.path}`));
}

function written({ steps }: Plan, path: string): WriteFileStep {
  const step = steps.find((one) => one.kind === "writeFile" && one.path === path);
  if (step?.kind !== "writeFile") throw new Error(`${path} is not written`);
  return step;
}

/** The host as the plan's files leave it. */
function afterFiles(plan: Plan, { initrd, ...situation }: Situation): Capture {
  const files = plan.steps.flatMap((step): [string, CapturedPath][] =>
    step.kind === "writeFile"
      ? [[step.path, { kind: "file", text: step.content, mode: step.mode ?? 0o644 }]]
      : [],
  );
  return host({
    ...situation,
    ...(initrd === undefined ? {} : { initrd }),
    more: { ...situation.more, ...Object.fromEntries(files) },
  });
}

describe("a device for a virtual machine", () => {
  const vfio = { devices: DEVICES, vfio: { devices: ["vm-gpu"] } };

  it("is bound with all functions of its slot by id, before the drivers that race for it", async () => {
    const plan = await planOf(host(), vfio);
    expect(codes(plan, "error")).toEqual([]);
    expect(commands(plan)).toEqual([
      `writeFile ${MODPROBE}`,
      `writeFile ${HOOK}`,
      `update-initramfs -u -k ${RELEASE}`,
    ]);
    expect(written(plan, MODPROBE).content.split("\n").slice(1)).toEqual([
      "options vfio-pci ids=10de:2206,10de:1aef",
      "softdep nvidia pre: vfio-pci",
      "softdep nouveau pre: vfio-pci",
      "softdep nova_core pre: vfio-pci",
      "softdep snd_hda_intel pre: vfio-pci",
      "",
    ]);
    expect(written(plan, HOOK)).toMatchObject({ mode: 0o755 });
    expect(plan.changes).toContainEqual(
      expect.objectContaining({ address: "vfio.vm-gpu", after: "vfio-pci, by id 10de:2206,10de:1aef" }),
    );
    expect(plan.rebootNeeded).toBe(true);
  });

  it("needs nothing more once the files are there and the initrd was made with them", async () => {
    const first = await planOf(host(), vfio);
    const then = await planOf(afterFiles(first, { initrd: IN_INITRD }), vfio);
    expect([then.changes, then.steps]).toEqual([[], []]);
    expect(then.unchanged).toContainEqual({
      address: "vfio.vm-gpu",
      reason: "bound to vfio-pci at boot by id 10de:2206,10de:1aef",
    });
  });

  it.each([
    ["the module", [IN_INITRD[0] ?? ""], "the initrd was made without vfio-pci"],
    ["the file", [IN_INITRD[1] ?? ""], `the initrd was made without ${MODPROBE}`],
  ])("needs a new initrd where the present one was made without %s", async (_what, initrd, reason) => {
    const first = await planOf(host(), vfio);
    const then = await planOf(afterFiles(first, { initrd }), vfio);
    expect(then.changes.find(({ address }) => address === "vfio.vm-gpu")?.reason).toBe(reason);
    expect(commands(then)).toEqual([`update-initramfs -u -k ${RELEASE}`]);
  });

  it("leaves the initrd to the package's hooks where the plan installs the kernel, and writes the files before", async () => {
    const deb = debOf("linux-image-5.3.0-acso", "5.3.0-acso-1");
    const kernel = { release: "5.3.0-acso", packages: [packageOf(deb)] };
    const plan = await planOf(host(), { ...vfio, kernel }, [deb]);
    expect(codes(plan, "error")).toEqual([]);
    expect(
      commands(plan)
        .slice(0, 3)
        .map((line) => line.split(" ")[0]),
    ).toEqual(["writeFile", "writeFile", "dpkg"]);
    expect(commands(plan).filter((line) => line.startsWith("update-initramfs"))).toEqual([]);
  });

  it("is bound by an option where vfio-pci is inside of the kernel, and no file of modprobe's would count", async () => {
    const plan = await planOf(host({ builtIn: ["kernel/drivers/vfio/pci/vfio-pci.ko"] }), vfio);
    expect(codes(plan, "error")).toEqual([]);
    const { after } = plan.nextBoot;
    expect(after.known && after.value.options.split(" ")).toContain("vfio-pci.ids=10de:2206,10de:1aef");
    expect(commands(plan).filter((line) => line.includes("hostcfg-vfio"))).toEqual([]);
  });

  it("is tied by address where a driver inside of the kernel would come first", async () => {
    const builtIn = ["kernel/sound/pci/hda/snd-hda-intel.ko"];
    const plan = await planOf(host({ builtIn }), vfio);
    expect(commands(plan)).toEqual([
      `writeFile ${HOOK}`,
      `writeFile ${SCRIPT}`,
      `update-initramfs -u -k ${RELEASE}`,
    ]);
    expect(written(plan, SCRIPT).content).toContain(
      "\ntie 0000:0d:00.0 0x10de 0x2206\ntie 0000:0d:00.1 0x10de 0x1aef\n",
    );
    expect(plan.changes.find(({ address }) => address === "vfio.vm-gpu")?.after).toContain("by address");
  });

  it("is refused where the firmware shows its screen on it, unless the spec says that this is meant", async () => {
    const boot = { devices: DEVICES, vfio: { devices: ["host-gpu"] } };
    expect(codes(await planOf(host(), boot), "error")).toEqual(["vfio-boot-display"]);
    const meant = { ...boot, vfio: { ...boot.vfio, bootDisplayAllowed: true } };
    expect(codes(await planOf(host(), meant), "error")).toEqual([]);
  });

  it("is refused where the kernel has no vfio-pci, and where hostcfg does not make the initrd", async () => {
    const bare = host({ more: { [`${MODULES}/modules.dep`]: "kernel/drivers/net/x.ko:\n" } });
    expect(codes(await planOf(bare, vfio), "error")).toEqual(["vfio-driver-missing"]);
    const dracut = await planOf(host({ more: { "/usr/sbin/update-initramfs": null } }), vfio);
    expect(codes(dracut, "error")).toEqual(["vfio-initramfs"]);
    expect(dracut.diagnostics.find(({ code }) => code === "vfio-initramfs")?.hint).toContain(
      "ids=10de:2206,10de:1aef",
    );
  });

  it("is unbound, and hostcfg's files go, once the list is empty", async () => {
    const first = await planOf(host(), vfio);
    const plan = await planOf(afterFiles(first, { initrd: IN_INITRD }), { vfio: { devices: [] } });
    expect(commands(plan)).toEqual([
      `remove ${MODPROBE}`,
      `remove ${HOOK}`,
      `update-initramfs -u -k ${RELEASE}`,
    ]);
    expect(plan.changes.map(({ address, action }) => [address, action])).toContainEqual(["vfio", "delete"]);
  });

  it("is taken out of the initrd, too, where a cut came between the removal of the files and its making", async () => {
    const plan = await planOf(host({ initrd: IN_INITRD }), { vfio: { devices: [] } });
    expect(commands(plan)).toEqual([`update-initramfs -u -k ${RELEASE}`]);
    const changes = plan.changes.filter(({ address }) => address !== WAY_BACK_ADDRESS);
    expect(changes.map(({ address, reason }) => [address, reason])).toEqual(
      ["kernel.initrd", "vfio"].map((address) => [address, `the initrd still holds ${MODPROBE}`]),
    );
    const module = IN_INITRD.slice(1);
    expect((await planOf(host({ initrd: module }), { vfio: { devices: [] } })).steps).toEqual([]);
  });

  it("is not touched where the spec says nothing of vfio", async () => {
    const first = await planOf(host(), vfio);
    const plan = await planOf(afterFiles(first, { initrd: IN_INITRD }), { devices: DEVICES });
    expect([plan.changes, plan.steps]).toEqual([[], []]);
  });

  it.each<[string, Patch, string]>([
    [
      "ids that another file gives",
      { "/etc/modprobe.d/vfio.conf": "options vfio-pci ids=1002:731f disable_vga=1\n" },
      "vfio-ids-elsewhere",
    ],
    [
      "ids in the list of modules to load",
      { "/etc/modules": "vfio\nvfio_pci disable_vga=1 ids=10de:ffff\n" },
      "vfio-ids-elsewhere",
    ],
    [
      "ids in the initrd's list of modules",
      { "/etc/initramfs-tools/modules": "# early\nvfio-pci ids=10de:2206\n" },
      "vfio-ids-elsewhere",
    ],
    [
      "a frame buffer on it",
      {
        "/sys/class/graphics/fb0/name": "EFI VGA\n",
        "/sys/class/graphics/fb0/device": {
          kind: "symlink",
          target: "../../../devices/pci0000:00/0000:00:03.2/0000:0d:00.0",
        },
      },
      "vfio-frame-buffer",
    ],
    [
      "a BAR that can be resized",
      { "/sys/devices/pci0000:00/0000:00:03.2/0000:0d:00.0/resource1_resize": "0\n" },
      "vfio-resizable-bar",
    ],
    ["no way to reset it", { "/proc/sys/kernel/osrelease": "6.1.0\n" }, "vfio-no-reset"],
  ])("is warned of: %s", async (_what, more, code) => {
    const spec = { ...vfio, kernel: { release: RELEASE } };
    const plan = await planOf(
      host({ more: { "/sys/class/graphics": { kind: "directory", entries: [] }, ...more } }),
      spec,
    );
    expect(codes(plan, "warning")).toContain(code);
    expect(codes(await planOf(host(), spec), "warning")).not.toContain(code);
  });
});

describe("ids that are given by hand as well", () => {
  const spec = { devices: DEVICES, vfio: { devices: ["vm-gpu"] } };
  const inside = { builtIn: ["kernel/drivers/vfio/pci/vfio-pci.ko"] };

  it("are refused in the spec, for the kernel keeps one list", async () => {
    const other = { ...spec, kernelOptions: { present: ["vfio-pci.ids=10de:9999"] } };
    expect(codes(await planOf(host(), other), "error")).toEqual(["option-two-values"]);
    expect(codes(await planOf(host(inside), other), "error")).toEqual(["option-two-values"]);
    const same = { ...spec, kernelOptions: { present: ["vfio_pci.ids=10de:2206,10de:1aef"] } };
    expect(codes(await planOf(host(), same), "error")).toEqual([]);
  });

  it("are not taken away by the spec where the option is what binds", async () => {
    const gone = { ...spec, kernelOptions: { absent: ["vfio-pci.ids"] } };
    expect(codes(await planOf(host(), gone), "error")).toEqual([]);
    expect(codes(await planOf(host(inside), gone), "error")).toEqual(["option-two-values"]);
  });

  it("are warned of on the present line where they lack a device, for they count more than any file", async () => {
    const line = (ids: string): Capture =>
      host({ more: { "/proc/cmdline": `ro quiet amd_iommu=on vfio-pci.ids=${ids}\n` } });
    expect(codes(await planOf(line("10de:9999"), spec), "warning")).toContain("vfio-ids-elsewhere");
    const enough = await planOf(line("10de:2206,10de:1AEF"), spec);
    expect(codes(enough, "warning")).not.toContain("vfio-ids-elsewhere");
    const gone = { ...spec, kernelOptions: { absent: ["vfio-pci.ids"] } };
    expect(codes(await planOf(line("10de:9999"), gone), "warning")).not.toContain("vfio-ids-elsewhere");
  });
});

describe("all displays of a host, named one by one", () => {
  it("are refused, also where the firmware shows its screen on none of them", async () => {
    const both = { devices: DEVICES, vfio: { devices: ["vm-gpu", "host-gpu"] } };
    const card = "/sys/devices/pci0000:00/0000:00:03.1/0000:0a:00.0/0000:0b:00.0/0000:0c:00.0";
    const plan = await planOf(host({ more: { [`${card}/boot_vga`]: "0\n" } }), both);
    expect(codes(plan, "error")).toEqual(["vfio-boot-display", "vfio-boot-display"]);
  });
});

describe("two names of one slot", () => {
  it("tie each function once", async () => {
    const twice = {
      devices: { ...DEVICES, again: { address: "0d:00" }, sound: { address: "0d:00", functions: [1] } },
      vfio: { devices: ["vm-gpu", "again", "sound"] },
    };
    const plan = await planOf(host({ builtIn: ["kernel/sound/pci/hda/snd-hda-intel.ko"] }), twice);
    expect(written(plan, SCRIPT).content.match(/^tie .*/gm)).toHaveLength(2);
  });
});

describe("a device that no table of racing drivers knows", () => {
  const spec = { devices: { "vm-wifi": { address: "05:00" } }, vfio: { devices: ["vm-wifi"] } };
  const wifi = "/sys/devices/pci0000:00/0000:00:01.2/0000:02:00.0/0000:03:03.0/0000:05:00.0";
  const link = (target: string): CapturedPath => ({ kind: "symlink", target });
  const before: Patch = {
    [`${MODULES}/modules.alias`]: "alias pci:v00008086d*sv*sd*bc02sc80i* iwlwifi\n",
    [`${wifi}/driver/module`]: link("../../../../module/iwlwifi"),
  };
  const after: Patch = {
    ...before,
    [`${wifi}/driver/module`]: link("../../../../module/vfio_pci"),
    "/sys/bus/pci/drivers/iwlwifi/0000:05:00.0": null,
    "/sys/bus/pci/drivers/vfio-pci/0000:05:00.0": link(`../../../..${wifi.slice("/sys".length)}`),
  };

  it("comes before its own driver, and still does once that has it no more", async () => {
    const first = await planOf(host({ more: before }), spec);
    expect(written(first, MODPROBE).content).toContain("\nsoftdep iwlwifi pre: vfio-pci\n");
    const rebooted = afterFiles(first, { initrd: IN_INITRD, more: after });
    expect((await planOf(rebooted, spec)).steps).toEqual([]);
  });

  it("is planned the same from a capture, which keeps of the kernel's lists only what is about this host", async () => {
    const other = "alias pci:v0000DEADd0000BEEFsv*sd*bc*sc*i* strange\n";
    const on = host({
      more: {
        ...before,
        [`${MODULES}/modules.alias`]: `${other}${before[`${MODULES}/modules.alias`] as string}`,
      },
    });
    const full: HostSpec = { apiVersion: "hostcfg/v1", ...spec };
    const taken = await takeCapture(new CaptureTree(on), full, "0.0.0", new Date(0));
    expect(JSON.stringify(taken)).not.toContain("strange");
    expect(await planOf(taken, spec)).toEqual(await planOf(on, spec));
  });

  it("stays tied by address to vfio-pci where its own driver is inside of the kernel", async () => {
    const builtIn = ["kernel/drivers/net/wireless/intel/iwlwifi/iwlwifi.ko"];
    const first = await planOf(host({ builtIn, more: before }), spec);
    expect(written(first, SCRIPT).content).toContain("\ntie 0000:05:00.0 ");
    const initrd = ["scripts/init-top/hostcfg-vfio", ...IN_INITRD.slice(1)];
    expect((await planOf(afterFiles(first, { builtIn, initrd, more: after }), spec)).steps).toEqual([]);
  });
});

describe("two cards of one model", () => {
  const twins = recordedHost("intel-z390");
  const release = "6.9.3-76060903-generic";

  it("are told apart by address, never by an id that both have", async () => {
    const on = patched(twins.capture, {
      [`/boot/initrd.img-${release}`]: {
        ...twins.capture.paths[`/boot/initrd.img-${release}`],
        kind: "file",
        members: {
          "etc/modprobe.d/hostcfg-vfio.conf": [],
          "scripts/init-top/hostcfg-vfio": [],
          "/vfio-pci.ko": [],
        },
      },
      [`/usr/lib/modules/${release}/modules.builtin`]: "",
      [`/usr/lib/modules/${release}/modules.dep`]: "kernel/drivers/vfio/pci/vfio-pci.ko:\n",
      "/dev/vfio": null,
      "/sys/class/graphics": null,
    });
    const plan = await planOf(on, {
      devices: { "lower-gpu": { id: "10de:1f07", path: "01.1/00" } },
      kernel: { release },
      vfio: { devices: ["lower-gpu"] },
    });
    expect(codes(plan, "error")).toEqual([]);
    expect(commands(plan).filter((line) => line.includes("modprobe"))).toEqual([]);
    const { content } = written(plan, SCRIPT);
    expect(content.match(/^tie .*/gm)).toEqual([
      "tie 0000:02:00.0 0x10de 0x1f07",
      "tie 0000:02:00.1 0x10de 0x10f9",
      "tie 0000:02:00.2 0x10de 0x1ada",
      "tie 0000:02:00.3 0x10de 0x1adb",
    ]);
    expect(content).not.toContain("ids=");
  });
});
