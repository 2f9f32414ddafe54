import type { ExecStep } from "../model.ts";
import { PIN } from "../boot/proxmox/probe.ts";
import { packageOf } from "../concerns/packages.ts";
import { afterUpdateGrub } from "./grub-menu.ts";
import { afterUpdateInitramfs } from "./initrd.ts";
import { afterKernelstub } from "./kernelstub.ts";
import { afterInstall } from "./install.ts";
import { afterRemoval } from "./remove.ts";
import { afterKernelInstall, afterSetDefault } from "./kernel-install.ts";
import { withText } from "./texts.ts";
import type { World } from "./world.ts";
import { doubtful, fileAt } from "./world.ts";

/** What a run of a program that ends well leaves, by what is documented of it. */
export function afterProgram(world: World, { argv, serves, id }: ExecStep): readonly World[] {
  const [program, ...args] = argv;
  const mark = `step ${id}`;
  switch (program) {
    // Only the selections of dpkg.
    case "apt-mark":
      return [world];
    case "apt-get":
    case "dpkg":
      return args[0] === "--remove"
        ? afterRemoval(world, args.slice(1))
        : afterInstall(
            world,
            serves.flatMap((address) => packageOf(address) ?? []),
            mark,
          );
    case "update-initramfs": {
      const release = args[args.indexOf("-k") + 1];
      if (release !== undefined && args.includes("-k")) return afterUpdateInitramfs(world, release, mark);
      break;
    }
    case "kernelstub":
      return [afterKernelstub(world, args)];
    case "update-grub":
      return [afterUpdateGrub(world)];
    case "kernel-install":
      if (args[0] === "add" && args[1] !== undefined) return [afterKernelInstall(world, args[1])];
      break;
    case "bootctl":
      if (args[0] === "set-default" && args[1] !== undefined) return [afterSetDefault(world, args[1])];
      break;
    case "proxmox-boot-tool":
      return afterProxmoxBootTool(world, args);
    case undefined:
      break;
  }
  return [doubtful(world, `what ${argv.join(" ")} does is not known`)];
}

/** The ESPs themselves are not among the facts: what they hold is told by the files that a refresh reads. */
function afterProxmoxBootTool(world: World, args: readonly string[]): readonly World[] {
  const [command, verb, release] = args;
  if (command === "refresh") return [world];
  if (command !== "kernel" || verb !== "pin" || release === undefined)
    return [doubtful(world, `what proxmox-boot-tool ${args.join(" ")} does is not known`)];
  const image = fileAt(world, `/boot/vmlinuz-${release}`);
  // It refuses a kernel that is not there.
  return image.known && image.value === undefined ? [world] : [withText(world, PIN, `${release}\n`)];
}
