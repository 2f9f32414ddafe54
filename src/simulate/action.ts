import { imagePath } from "../platform/debian/layout.ts";
import type { CopyKernel, ExecStep } from "../model/index.ts";
import { PIN } from "../boot/proxmox/probe.ts";
import { afterUpdateGrub } from "./grub-menu.ts";
import { AFTER_MAKING } from "./initrd.ts";
import { afterKernelstub } from "./kernelstub.ts";
import { afterInstall } from "./install.ts";
import { afterRemoval } from "./remove.ts";
import { afterKernelInstall, afterSetDefault } from "./kernel-install.ts";
import { withText } from "./texts.ts";
import type { World } from "./world.ts";
import { fileAt } from "./world.ts";

/** What a run of a program that ends well leaves, by what is documented of it. */
export function afterProgram(world: World, { action, id }: ExecStep): readonly World[] {
  const mark = `step ${id}`;
  switch (action.does) {
    // Only the selections of dpkg.
    case "hold":
    case "unhold":
      return [world];
    case "install":
      return afterInstall(
        world,
        action.packages.map(({ name }) => name),
        mark,
      );
    case "remove":
      return afterRemoval(
        world,
        action.packages.map(({ name }) => name),
      );
    case "make-initrd":
      return AFTER_MAKING[action.by](world, action.release, mark);
    case "make-menu":
      return [afterUpdateGrub(world)];
    case "copy-kernel":
      return [COPYING[action.by](world, action.release)];
    case "set-default":
      return [afterSetDefault(world, action.entry)];
    case "pin":
      return [afterPin(world, action.release)];
    // The ESPs themselves are not among the facts: what they hold is told by the files that a refresh reads.
    case "refresh-esps":
      return [world];
  }
}

const COPYING: Readonly<Record<CopyKernel["by"], (world: World, release: string) => World>> = {
  kernelstub: afterKernelstub,
  "kernel-install": afterKernelInstall,
};

function afterPin(world: World, release: string): World {
  const image = fileAt(world, imagePath(release));
  // proxmox-boot-tool refuses a kernel that is not there.
  return image.known && image.value === undefined ? world : withText(world, PIN, `${release}\n`);
}
