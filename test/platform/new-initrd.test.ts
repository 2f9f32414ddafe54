import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { lookAtNewInitrd } from "../../src/platform/new-initrd.ts";
import { cpio } from "../support/cpio.ts";
import type { Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";

const RELEASE = "6.12.48+deb13-amd64";
const OLD = `/boot/initrd.img-${RELEASE}`;
const NEW = `/boot/.initrd.img-${RELEASE}.hostcfg-000000000000`;
const MODULES = `usr/lib/modules/${RELEASE}/kernel`;
const EXT4 = `${MODULES}/fs/ext4/ext4.ko.xz`;
const NVME = `${MODULES}/drivers/nvme/host/nvme.ko.xz`;
const VFIO = `${MODULES}/drivers/vfio/pci/vfio-pci.ko.xz`;
const FORCED = "etc/cmdline.d/20-force_drivers.conf";
const MODPROBE = "etc/modprobe.d/hostcfg-vfio.conf";

function initrd(...names: readonly string[]): Buffer {
  const early = cpio({ "kernel/x86/microcode/AuthenticAMD.bin": "microcode" });
  return Buffer.concat([
    early,
    gzipSync(cpio(Object.fromEntries(names.map((name) => [name, name.repeat(20)])))),
  ]);
}

const WHOLE = initrd("init", EXT4, NVME);

/** A host whose root is ext4 on a partition of an NVMe drive. */
function look(
  made: Uint8Array | undefined,
  old: Uint8Array | undefined,
  files: Record<string, Content> = {},
) {
  const bytes = (path: string, content: Uint8Array | undefined): Record<string, Content> =>
    content === undefined
      ? {}
      : { [path]: { kind: "file", base64: Buffer.from(content).toString("base64") } };
  const pci = "/sys/devices/pci0000:00/0000:00:1b.0";
  return lookAtNewInitrd(
    readerOf({
      "/usr/bin/dracut": "",
      "/etc/kernel/postinst.d/dracut": "",
      "/etc/os-release": "ID=debian\n",
      "/proc/self/mounts": "/dev/nvme0n1p2 / ext4 rw 0 0\n",
      "/dev/nvme0n1p2": "",
      "/sys/class/block/nvme0n1p2": {
        link: "../../devices/pci0000:00/0000:00:1b.0/nvme/nvme0/nvme0n1/nvme0n1p2",
      },
      [`${pci}/nvme/nvme0/nvme0n1/nvme0n1p2/dev`]: "259:2\n",
      [`${pci}/driver`]: { link: "../../../bus/pci/drivers/nvme" },
      "/sys/bus/pci/drivers/nvme/module": { link: "../../../../module/nvme" },
      "/sys/bus/pci/devices/0000:00:1b.0": { link: "../../../devices/pci0000:00/0000:00:1b.0" },
      "/sys/module/nvme/refcnt": "5\n",
      [`/lib/modules/${RELEASE}/modules.builtin`]: "kernel/fs/fuse/fuse.ko\n",
      [`/lib/modules/${RELEASE}/modules.dep`]: [EXT4, NVME, VFIO]
        .map((path) => `${path.slice(path.indexOf("kernel/"))}:\n`)
        .join(""),
      ...bytes(NEW, made),
      ...bytes(OLD, old),
      ...files,
    }),
    NEW,
    OLD,
  );
}

describe("a new initrd that is to take the place of the old one", () => {
  it.each([
    ["as the old one", WHOLE, WHOLE],
    ["where there was none", WHOLE, undefined],
    ["that is smaller, with the drivers of the root", WHOLE, initrd("init", EXT4, NVME, `${MODULES}/x.ko`)],
    ["in the place of one that was damaged", WHOLE, WHOLE.subarray(0, WHOLE.length - 9)],
    ["where what it lacks was not in the old one either", initrd("init", NVME), initrd("init", NVME)],
    ["without /init, as the old one, where the command line names another", initrd(EXT4), initrd(EXT4)],
  ])("is taken %s", async (_what, made, old) => {
    expect(await look(made, old)).toEqual({});
  });

  it("is refused wherever it is cut off", async () => {
    for (const at of [60, 200, 300, WHOLE.length - 60, WHOLE.length - 5, WHOLE.length - 1])
      expect(await look(WHOLE.subarray(0, at), WHOLE), String(at)).toEqual({
        fault: "cannot be read to its end",
      });
  });

  it.each([
    ["nothing", Buffer.alloc(0), "has no /init, which the kernel starts"],
    ["no /init", initrd(EXT4, NVME), "has no /init, which the kernel starts"],
    ["no driver at all", initrd("init"), "was made without any driver"],
    [
      "not the driver of the root's file system",
      initrd("init", NVME),
      "was made without ext4, by which this boot has its root",
    ],
    ["not that of its disk", initrd("init", EXT4), "was made without nvme, by which this boot has its root"],
  ])("is refused with %s in it", async (_what, made, fault) => {
    expect(await look(made, WHOLE)).toEqual({ fault });
  });

  it("needs no driver where the old one had those of vfio only, and nothing is bound any more", async () => {
    const old = initrd("init", "usr/lib/modules/6.1.0-26-amd64/kernel/drivers/vfio/pci/vfio-pci.ko");
    expect(await look(initrd("init"), old)).toEqual({});
  });

  it("is taken with a word where its root cannot be followed to the disk, but not without that file system's driver", async () => {
    const lost = { "/proc/self/mounts": "/dev/nowhere / ext4 rw 0 0\n" };
    expect((await look(initrd("init", EXT4), WHOLE, lost)).doubt).toMatch(
      /^may lack what it needs: .*nowhere/,
    );
    expect(await look(initrd("init", NVME), WHOLE, lost)).toEqual({
      fault: "was made without ext4, by which this boot has its root",
    });
    const none = { "/proc/self/mounts": "proc /proc proc rw 0 0\n" };
    expect(await look(WHOLE, WHOLE, none)).toEqual({
      doubt: "may lack what it needs: no file system is mounted at /",
    });
  });

  it("needs no driver that its kernel has inside, or has not at all", async () => {
    const lists = (builtIn: string, modules: string) => ({
      [`/lib/modules/${RELEASE}/modules.builtin`]: builtIn,
      [`/lib/modules/${RELEASE}/modules.dep`]: modules,
    });
    const inside = lists("kernel/drivers/nvme/host/nvme.ko\n", "kernel/fs/ext4/ext4.ko.xz:\n");
    expect(await look(initrd("init", EXT4), WHOLE, inside)).toEqual({});
    expect(await look(initrd("init", EXT4), WHOLE, lists("", "kernel/fs/ext4/ext4.ko.xz:\n"))).toEqual({});
  });

  it("is refused in a format that hostcfg does not read, unless the old one was in one as well", async () => {
    const lzo = Buffer.from([0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d]);
    expect((await look(lzo, WHOLE)).fault).toContain("does not read, and the old one is not");
    expect(await look(lzo, lzo)).toEqual({ doubt: "is in a format that hostcfg does not read" });
    expect(await look(lzo, undefined)).toEqual({ doubt: "is in a format that hostcfg does not read" });
  });

  it("is not judged by drivers that dracut's squash module packed once more", async () => {
    expect(await look(initrd("init", "squashfs-root.img"), WHOLE)).toEqual({
      doubt: "holds another file system, into which hostcfg does not look",
    });
  });

  describe("must have what hostcfg's files put into it", () => {
    const DRACUT = { "/etc/dracut.conf.d/95-hostcfg-vfio.conf": 'force_drivers+=" vfio_pci "\n' };

    it.each([
      [VFIO, "vfio-pci"],
      [FORCED, FORCED],
      [MODPROBE, MODPROBE],
    ])("by dracut: %s", async (left, said) => {
      const parts = ["init", EXT4, NVME, VFIO, FORCED, MODPROBE];
      expect(await look(initrd(...parts), WHOLE, DRACUT)).toEqual({});
      expect(await look(initrd(...parts.filter((name) => name !== left)), WHOLE, DRACUT)).toEqual({
        fault: `was made without ${said}`,
      });
    });

    it("where there was none before, too", async () => {
      expect((await look(WHOLE, undefined, DRACUT)).fault).toBe(
        `was made without ${MODPROBE} and vfio-pci and ${FORCED}`,
      );
    });

    it("but not for a kernel that has no vfio-pci", async () => {
      const without = { [`/lib/modules/${RELEASE}/modules.dep`]: "kernel/fs/ext4/ext4.ko.xz:\n" };
      expect(await look(WHOLE, WHOLE, { ...DRACUT, ...without })).toEqual({});
    });

    it("by initramfs-tools: what its hook names, and the script", async () => {
      const files = {
        "/usr/bin/dracut": { folder: true } as const,
        "/etc/kernel/postinst.d/dracut": { folder: true } as const,
        "/usr/sbin/update-initramfs": "#!/bin/sh\nmkinitramfs\n",
        "/etc/modprobe.d/hostcfg-vfio.conf": "options vfio-pci ids=10de:2206\n",
        "/etc/initramfs-tools/hooks/hostcfg-vfio": "#!/bin/sh\nforce_load vfio_pci\n",
      };
      expect(await look(initrd("init", EXT4, NVME, VFIO, MODPROBE), WHOLE, files)).toEqual({});
      expect(await look(WHOLE, WHOLE, files)).toEqual({ fault: `was made without ${MODPROBE} and vfio-pci` });
    });
  });
});
