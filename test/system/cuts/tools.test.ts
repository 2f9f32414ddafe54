import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { temporaryPrefix } from "../../../src/host/temporary-name.ts";
import { APPLY, GRUB, KERNELSTUB, SYSTEMD_BOOT, keepForComparison } from "../rig/cut-stories.ts";
import type { CutStory } from "../rig/cut-stories.ts";
import { Figures } from "../rig/figures.ts";
import { NEWER, write, writeSpec } from "../rig/grub.ts";
import { STORY } from "../rig/hostcfg.ts";
import type { Machine } from "../rig/machine.ts";
import { addVfioModule } from "../rig/modules.ts";
import { ESP, letHooksFindTheEsp } from "../rig/systemd-boot.ts";
import { cutTool } from "../rig/tool-run.ts";
import type { StoppedTool } from "../rig/tool-stops.ts";

const LONG = 60 * 60 * 1000;
const WRITING = ["openat", "write", "rename", "renameat", "renameat2", "unlink", "unlinkat", "ftruncate"];
const PINNED = "/boot/initrd.img-5.3.0-acso";
const MENU = "/boot/grub/grub.cfg";

const DPKG: StoppedTool = {
  program: "/usr/bin/dpkg",
  calls: ["rename", "link", "unlink", "rmdir", "symlink", "mkdir"],
};
const UPDATE_INITRAMFS: StoppedTool = {
  program: "/usr/sbin/update-initramfs",
  calls: WRITING,
  paths: [PINNED, `${PINNED}.new`, `${PINNED}.bak`, `${PINNED}.dpkg-bak`],
};
const KERNELSTUB_ITSELF: StoppedTool = { program: "/usr/bin/kernelstub", calls: WRITING };
const BESIDE = `/boot/grub/${temporaryPrefix(MENU)}${"0".repeat(12)}`;
const UPDATE_GRUB: StoppedTool = {
  program: "/usr/sbin/update-grub",
  calls: WRITING,
  paths: [MENU, `${MENU}.new`, BESIDE, `${BESIDE}.new`],
};
/** By which hostcfg's own program has the finished menu take the old one's place. */
const MV: StoppedTool = { program: "/usr/bin/mv", calls: WRITING };
const KERNEL_INSTALL: StoppedTool = {
  program: "/usr/bin/kernel-install",
  calls: [...WRITING, "copy_file_range"],
  paths: [
    `${ESP}/debian/${NEWER}/linux`,
    `${ESP}/debian/${NEWER}/initrd.img-${NEWER}`,
    `${ESP}/loader/entries/debian-${NEWER}.conf`,
  ],
};
const OPTIONS_ONLY = "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n";

interface Cut {
  readonly name: string;
  readonly story: CutStory;
  readonly tool: StoppedTool;
  readonly spec?: (recorded: string) => string;
  /** What makes the host one that the program has something to do on. */
  readonly prepare?: (machine: Machine) => Promise<void>;
}

const CUTS: readonly Cut[] = [
  { name: "dpkg", story: KERNELSTUB, tool: DPKG },
  { name: "update-initramfs", story: KERNELSTUB, tool: UPDATE_INITRAMFS },
  {
    name: "kernelstub, run by the hooks of a package",
    story: KERNELSTUB,
    tool: KERNELSTUB_ITSELF,
  },
  {
    name: "kernelstub, run for new options",
    story: KERNELSTUB,
    tool: KERNELSTUB_ITSELF,
    spec: () => OPTIONS_ONLY,
  },
  {
    name: "kernel-install, run for a new initrd",
    story: SYSTEMD_BOOT,
    tool: KERNEL_INSTALL,
    spec: () => `apiVersion: hostcfg/v1\nkernel: { release: ${NEWER} }\n`,
    prepare: async (machine) => {
      await keepForComparison(machine, NEWER);
      await write(machine, "/etc/modprobe.d/later.conf", "options kvm ignore_msrs=1\n");
    },
  },
  {
    // No release is declared, so nothing names a default, before and after.
    name: "kernel-install, run by the hook of update-initramfs",
    story: SYSTEMD_BOOT,
    tool: KERNEL_INSTALL,
    spec: () =>
      'apiVersion: hostcfg/v1\ndevices: { vm-gpu: { id: "10de:2206" } }\nvfio: { devices: [vm-gpu] }\n',
    prepare: async (machine) => {
      await addVfioModule(machine, NEWER, "kernel/drivers/vfio/pci/vfio-pci.ko");
      await keepForComparison(machine, NEWER);
      await letHooksFindTheEsp(machine);
    },
  },
  {
    name: "update-grub, run by the hooks of a package",
    story: GRUB,
    tool: UPDATE_GRUB,
    spec: packageOnly,
  },
  { name: "update-grub, run for new options", story: GRUB, tool: UPDATE_GRUB, spec: () => OPTIONS_ONLY },
  { name: "the renaming of GRUB's menu", story: GRUB, tool: MV, spec: () => OPTIONS_ONLY },
];

describe.each(CUTS)(
  "an apply that is cut in the middle of the work of $name",
  ({ name, story, tool, spec, prepare }) => {
    it(
      "leaves a host that comes up, and the next apply finishes",
      async () => {
        const machine = await story.make();
        let wrong: readonly string[];
        try {
          await machine.powerOn(story.firstBoot);
          if (spec !== undefined) await writeSpec(machine, spec(machine.readText(`${STORY}/host.yaml`)));
          await prepare?.(machine);
          const figures = new Figures(`${story.name}, in ${name}`);
          wrong = await cutTool(story, machine, tool, APPLY, figures);
          figures.keep();
        } finally {
          await machine.discard();
        }
        expect(wrong).toEqual([]);
      },
      LONG,
    );
  },
);

/** The packages of the recorded spec and nothing else, so that only their hooks have a menu made. */
function packageOnly(recorded: string): string {
  const { kernel } = parse(recorded) as { kernel: { packages: unknown } };
  return stringify({ apiVersion: "hostcfg/v1", kernel: { packages: kernel.packages } });
}
