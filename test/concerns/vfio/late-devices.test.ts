import { describe, expect, it } from "vitest";
import type { Capture, CapturedPath } from "../../../src/host/capture.ts";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import type { Plan } from "../../../src/model/index.ts";
import { takeCapture } from "../../../src/plan/capture.ts";
import { isInitrdSource } from "../../../src/platform/initramfs.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("pop-x570");
const RELEASE = "5.3.0-7625-generic";
const INITRD = `/boot/initrd.img-${RELEASE}`;
const SCRIPT = "/etc/initramfs-tools/scripts/init-top/hostcfg-vfio";
const HOOK = "/etc/initramfs-tools/hooks/hostcfg-vfio";
const RULES = "/etc/udev/rules.d/60-hostcfg-vfio.rules";
const WIFI = "/sys/devices/pci0000:00/0000:00:01.2/0000:02:00.0/0000:03:03.0/0000:05:00.0";

const SPEC = { devices: { "vm-wifi": { address: "05:00.0" } }, vfio: { devices: ["vm-wifi"] } };

/** A host whose Wi-Fi card must be bound by address, since its driver is inside of the kernel. */
function host(more: Patch, initrd: readonly string[] = []): Capture {
  const parts = [
    "etc/modprobe.d/hostcfg-vfio.conf",
    "scripts/init-top/hostcfg-vfio",
    "udev/rules.d/60-hostcfg-vfio.rules",
    "/vfio-pci.ko",
  ];
  const members = Object.fromEntries(
    parts.map((part) => [part, initrd.filter((name) => name.includes(part))]),
  );
  return patched(capture, {
    [INITRD]: { ...capture.paths[INITRD], kind: "file", members },
    [`/usr/lib/modules/${RELEASE}/modules.builtin`]: "kernel/drivers/net/wireless/intel/iwlwifi/iwlwifi.ko\n",
    [`/usr/lib/modules/${RELEASE}/modules.alias`]: "alias pci:v00008086d*sv*sd*bc02sc80i* iwlwifi\n",
    "/dev/vfio": null,
    "/sys/class/graphics": null,
    [RULES]: null,
    "/sys/bus/pci/slots": null,
    [`${WIFI}/removable`]: null,
    ...more,
  });
}

const REMOVABLE: Patch = { [`${WIFI}/removable`]: "removable\n" };
const VIRTUAL: Patch = { [`${WIFI}/physfn`]: { kind: "symlink", target: "../0000:05:00.1" } };
const SLOT = { kind: "directory", entries: ["address", "power"] } as const;
const HOT_PLUG: Patch = {
  "/sys/bus/pci/slots": { kind: "directory", entries: ["5"] },
  "/sys/bus/pci/slots/5": SLOT,
  "/sys/bus/pci/slots/5/power": "1\n",
  "/sys/bus/pci/slots/5/address": "0000:05:00\n",
};
const NUMBERED: Patch = {
  ...HOT_PLUG,
  "/sys/bus/pci/slots/5": { kind: "directory", entries: ["address"] },
  "/sys/bus/pci/slots/5/power": null,
};

function written({ steps }: Plan): Record<string, string> {
  return Object.fromEntries(
    steps.flatMap((step) => (step.kind === "writeFile" ? [[step.path, step.content]] : [])),
  );
}

/** The host as the plan's files leave it. */
function after(plan: Plan, more: Patch, initrd: readonly string[]): Capture {
  const files = plan.steps.flatMap((step): [string, CapturedPath][] =>
    step.kind === "writeFile"
      ? [[step.path, { kind: "file", text: step.content, mode: step.mode ?? 0o644 }]]
      : [],
  );
  return host({ ...more, ...Object.fromEntries(files) }, initrd);
}

const MODULE = `usr/lib/modules/${RELEASE}/kernel/drivers/vfio/pci/vfio-pci.ko`;

describe("a device that is there at boot", () => {
  it.each([
    ["in a slot of the board", {}],
    ["in a slot that only has a number", NUMBERED],
  ])("%s needs no rule", async (_what, more) => {
    const files = written(await planOf(host(more), SPEC));
    expect([RULES in files, SCRIPT in files]).toEqual([false, true]);
  });
});

describe("a device that may be plugged in later", () => {
  it.each([
    ["behind Thunderbolt", REMOVABLE],
    ["in a hot-plug slot", HOT_PLUG],
  ])("%s is tied by the script and by a rule of udev, which the initrd has too", async (_what, more) => {
    const plan = await planOf(host(more), SPEC);
    expect(codes(plan, "error")).toEqual([]);
    const files = written(plan);
    expect(files[SCRIPT]).toContain("\ntie 0000:05:00.0 0x8086 0x2723\n");
    expect(files[RULES]?.split("\n").at(-2)).toBe(
      'ACTION=="add", SUBSYSTEM=="pci", ENV{hostcfg.boot}!="before", KERNEL=="0000:05:00.0", ATTR{vendor}=="0x8086", ATTR{device}=="0x2723", ' +
        'DRIVER!="vfio-pci", ATTR{driver_override}="vfio-pci", RUN{builtin}+="kmod load vfio-pci", ' +
        "RUN+=\"/bin/sh -c '[ ! -e /sys%p/driver/unbind ] || echo %k >/sys%p/driver/unbind; echo %k >/sys/bus/pci/drivers_probe'\"",
    );
    expect(files[HOOK]).toContain(`cp -p ${RULES} "$DESTDIR/lib/udev/rules.d/"`);
  });

  it("needs a new initrd until that has the rule, and nothing afterwards", async () => {
    const first = await planOf(host(REMOVABLE), SPEC);
    const some = ["scripts/init-top/hostcfg-vfio", MODULE];
    const without = await planOf(after(first, REMOVABLE, some), SPEC);
    expect(without.changes.find(({ address }) => address === "vfio.vm-wifi")?.reason).toBe(
      `the initrd was made without ${RULES}`,
    );
    const all = [...some, "usr/lib/udev/rules.d/60-hostcfg-vfio.rules"];
    const then = await planOf(after(first, REMOVABLE, all), SPEC);
    expect([then.changes, then.steps]).toEqual([[], []]);
  });

  it("is let go again with all of its files", async () => {
    const first = await planOf(host(REMOVABLE), SPEC);
    const plan = await planOf(after(first, REMOVABLE, []), { vfio: { devices: [] } });
    expect(plan.steps.flatMap((step) => (step.kind === "remove" ? [step.path] : []))).toEqual([
      RULES,
      HOOK,
      SCRIPT,
    ]);
  });

  it("is noticed in an initrd that still holds the rule", async () => {
    const held = host({}, ["usr/lib/udev/rules.d/60-hostcfg-vfio.rules"]);
    const plan = await planOf(held, { vfio: { devices: [] } });
    expect(plan.changes.find(({ address }) => address === "vfio")?.reason).toBe(
      `the initrd still holds ${RULES}`,
    );
  });
});

describe("a virtual function", () => {
  it("is tied by the rule alone: when the script runs, its card's driver has not made it", async () => {
    const files = written(await planOf(host(VIRTUAL), SPEC));
    expect([RULES in files, SCRIPT in files, HOOK in files]).toEqual([true, false, true]);
    expect(files[HOOK]).not.toContain("rules.d");
  });

  it("needs nothing more once the rule is there", async () => {
    const first = await planOf(host(VIRTUAL), SPEC);
    const then = await planOf(after(first, VIRTUAL, [MODULE]), SPEC);
    expect([then.changes, then.steps]).toEqual([[], []]);
  });
});

describe("a capture", () => {
  it("from before there were rules makes the same plan as one that says there are none", async () => {
    const { [RULES]: _rules, "/sys/bus/pci/slots": _slots, ...paths } = host({}).paths;
    const old = { ...host({}), paths };
    expect((await planOf(old, SPEC)).steps).toEqual((await planOf(host({}), SPEC)).steps);
  });

  it("holds what says that a device may come late", async () => {
    const on = host(HOT_PLUG);
    const taken = await takeCapture(
      new CaptureTree(on),
      { apiVersion: "hostcfg/v1", ...SPEC },
      "0.0.0",
      new Date(0),
    );
    expect(written(await planOf(taken, SPEC))).toEqual(written(await planOf(on, SPEC)));
  });
});

describe("the rule", () => {
  it("is a source of initrds, so that an undo makes them anew", () => {
    expect(isInitrdSource(RULES)).toBe(true);
    expect(isInitrdSource("/etc/udev/rules.d/70-mine.rules")).toBe(false);
  });
});
