import { describe, expect, it } from "vitest";
import type { Capture } from "../../../src/host/capture.ts";
import type { Plan } from "../../../src/model/index.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian13-dracut");
const RELEASE = "6.12.48+deb13-amd64";
const INITRD = `/boot/initrd.img-${RELEASE}`;
const MODPROBE = "/etc/modprobe.d/hostcfg-vfio.conf";
const CONF = "/etc/dracut.conf.d/95-hostcfg-vfio.conf";
const MODULE = `usr/lib/modules/${RELEASE}/kernel/drivers/vfio/pci/vfio-pci.ko.zst`;
const FORCED = "etc/cmdline.d/20-force_drivers.conf";
const MADE = Date.UTC(2030, 0, 1);

const devices: HostSpec["devices"] = { gpu: { class: "vga", address: "01:00" } };
const bound = { devices, vfio: { devices: ["gpu"] } };
const unbound = { vfio: { devices: [] } };

const stepsOf = ({ steps }: Plan): readonly string[] =>
  steps.flatMap((step) => {
    if (step.kind === "exec") return step.argv.join(" ");
    return step.path.startsWith("/boot/grub") ? [] : `${step.kind} ${step.path}`;
  });

/** As the files of a first plan leave it, with an initrd that was made then and holds these. */
async function afterFiles(inside: readonly string[], more: Patch = {}): Promise<Capture> {
  const plan = await planOf(capture, bound);
  const files = plan.steps.flatMap((step) =>
    step.kind === "writeFile" && [MODPROBE, CONF].includes(step.path)
      ? [[step.path, { kind: "file", text: step.content, mode: step.mode, modifiedAt: 0 }] as const]
      : [],
  );
  const parts = [MODPROBE.slice(1), "/vfio-pci.ko", FORCED];
  const members = Object.fromEntries(parts.map((part) => [part, inside.filter((one) => one.includes(part))]));
  return patched(
    { ...capture, takenAt: new Date(MADE).toISOString() },
    {
      ...Object.fromEntries(files),
      [INITRD]: { kind: "file", size: 5, modifiedAt: MADE, members },
      ...more,
    },
  );
}

const ALL = [MODPROBE.slice(1), MODULE, FORCED];

describe("a device for a virtual machine, where dracut makes the initrds", () => {
  it("has its ids named to dracut, for an initrd that is not for this host alone holds no modprobe.d", async () => {
    const plan = await planOf(capture, bound);
    expect(stepsOf(plan)).toEqual([
      `writeFile ${MODPROBE}`,
      `writeFile ${CONF}`,
      `dracut --force ${INITRD} ${RELEASE}`,
    ]);
    const conf = plan.steps.find((step) => step.kind === "writeFile" && step.path === CONF);
    // dracut.conf(5): the blanks inside of the quotes are needed.
    expect(conf).toMatchObject({
      content: expect.stringMatching(
        /^force_drivers\+=" vfio_pci "\ninstall_items\+=" \/etc\/modprobe\.d\/hostcfg-vfio\.conf "$/m,
      ) as unknown,
    });
  });

  it("needs nothing more once the initrd holds all of it", async () => {
    const plan = await planOf(await afterFiles(ALL), bound);
    expect(plan.changes).toEqual([]);
  });

  it.each([
    ["the driver", MODULE, "made without vfio-pci"],
    ["the ids", MODPROBE.slice(1), `made without ${MODPROBE}`],
    ["what loads it before udev", FORCED, `made without ${CONF}`],
  ])(
    "has the initrd made again where it came without %s, of which dracut only tells",
    async (_, lost, says) => {
      const plan = await planOf(await afterFiles(ALL.filter((one) => one !== lost)), bound);
      expect(plan.changes.find(({ address }) => address === "vfio.gpu")?.reason).toContain(says);
      expect(stepsOf(plan)).toEqual([`dracut --force ${INITRD} ${RELEASE}`]);
    },
  );

  it("is not said to be bound by an initrd that nobody could read", async () => {
    const made = await afterFiles(ALL);
    const unread = { kind: "file", size: 5, modifiedAt: MADE, membersError: "ENOTSUP" } as const;
    const plan = await planOf(patched(made, { [INITRD]: unread }), bound);
    expect(plan.changes).toEqual([]);
    expect(plan.diagnostics.find(({ code }) => code === "vfio-unknown")).toMatchObject({
      severity: "warning",
      summary: expect.stringContaining("is in a format that hostcfg does not read") as unknown,
    });
  });

  it("is given back with both files, and with an initrd without them", async () => {
    expect(stepsOf(await planOf(await afterFiles(ALL), unbound))).toEqual([
      `remove ${MODPROBE}`,
      `remove ${CONF}`,
      `dracut --force ${INITRD} ${RELEASE}`,
    ]);
  });

  it("has the files go that initramfs-tools read before dracut came", async () => {
    const hook = "/etc/initramfs-tools/hooks/hostcfg-vfio";
    const plan = await planOf(await afterFiles(ALL, { [hook]: "#!/bin/sh\n" }), bound);
    expect(stepsOf(plan)).toContain(`remove ${hook}`);
  });

  it("is refused where only its address tells it from the host's, with the reason, and nothing is written", async () => {
    const builtin = `/usr/lib/modules/${RELEASE}/modules.builtin`;
    const plan = await planOf(
      patched(capture, { [builtin]: "kernel/drivers/gpu/drm/nouveau/nouveau.ko\n" }),
      bound,
    );
    expect(codes(plan, "error")).toContain("vfio-initramfs");
    expect(plan.diagnostics.find(({ code }) => code === "vfio-initramfs")?.summary).toContain(
      "nouveau is built into the kernel",
    );
    expect(stepsOf(plan)).toEqual([]);
  });
});

describe("the age of dracut's initrds", () => {
  const older = async (more: Patch): Promise<string | undefined> => {
    const plan = await planOf(await afterFiles([], more), { kernel: { release: RELEASE } });
    return plan.changes.find(({ address }) => address === "kernel.initrd")?.reason;
  };
  const now = { kind: "file", text: "x=1\n", modifiedAt: MADE + 1000 } as const;

  it.each(["/etc/dracut.conf", "/etc/dracut.conf.d/x.conf", "/etc/modprobe.d/x.conf"])(
    "is told by %s",
    async (path) => {
      expect(await older({ [path]: now })).toContain(`${path} changed after it was made`);
    },
  );

  it("is not told by what dracut does not read", async () => {
    expect(await older({ "/etc/dracut.conf.d/x.conf.bak": now })).toBeUndefined();
  });
});
