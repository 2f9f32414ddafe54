import { aptMark } from "./apt-mark.ts";
import { bootctl } from "./bootctl.ts";
import { grubEditenv } from "./grub-editenv.ts";
import { dmesg } from "./dmesg.ts";
import { dpkg } from "./dpkg.ts";
import { dracut } from "./dracut.ts";
import { dpkgDeb } from "./dpkg-deb.ts";
import { dpkgQuery } from "./dpkg-query.ts";
import { findmnt } from "./findmnt.ts";
import { kernelInstall } from "./kernel-install.ts";
import { kernelstub } from "./kernelstub.ts";
import { mkinitcpio } from "./mkinitcpio.ts";
import { pacman } from "./pacman.ts";
import type { Machine, Program, Ran } from "./program.ts";
import { failed, succeeded } from "./program.ts";
import { proxmoxBootTool } from "./proxmox-boot-tool.ts";
import { RootFolder } from "./root-folder.ts";
import { unshare } from "./unshare.ts";
import { grubMkconfig, updateGrub } from "./update-grub.ts";
import { updateInitramfs } from "./update-initramfs.ts";

const PROGRAMS = {
  "apt-mark": aptMark,
  bootctl,
  "grub-editenv": grubEditenv,
  "grub-mkconfig": grubMkconfig,
  dmesg,
  dpkg,
  "dpkg-deb": dpkgDeb,
  "dpkg-query": dpkgQuery,
  dracut,
  findmnt,
  "kernel-install": kernelInstall,
  kernelstub,
  mkinitcpio,
  pacman,
  "proxmox-boot-tool": proxmoxBootTool,
  unshare,
  "update-grub": updateGrub,
  "update-initramfs": updateInitramfs,
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

/**
 * How a program misbehaves: it ends well without having done anything, it fails, or it never ends; `late` once all its
 * work is done, else before it. `half`: what makes an initrd ends well, and has made half of one.
 */
export type Fault = "noop" | "fail" | "hang" | "late fail" | "late hang" | "half";

/** Those that make an initrd themselves. */
export const MAKERS: readonly string[] = [
  "dracut",
  "mkinitcpio",
  "update-initramfs",
] satisfies readonly ProgramName[];

/** By the program's name, or asked before each run of one, those that another one starts included. */
export type Faults =
  Readonly<Partial<Record<ProgramName, Fault>>> | ((argv: readonly string[]) => Fault | undefined);

/** Some program, perhaps in a hook of the one that was started, never ends. */
export class Hang extends Error {}

/**
 * The programs of a root folder, all in this process. One that has no stand-in is refused: nothing ever falls
 * through to the machine that runs the tests.
 */
export function machineOf(
  folder: string,
  faults: Faults = {},
  moment: Machine["moment"] = () => undefined,
): Machine {
  const machine: Machine = {
    root: new RootFolder(folder),
    moment,
    run: (argv) => {
      const [name = "", ...args] = argv;
      if (!isProgram(name)) throw new Error(`there is no stand-in for ${name}: it is not run`);
      const fault = typeof faults === "function" ? faults(argv) : faults[name];
      const cutsOff = fault === "half";
      return misbehaving(name, fault, () =>
        PROGRAMS[name](args, cutsOff ? { ...machine, cutsOff } : machine),
      );
    },
  };
  return machine;
}

function misbehaving(name: ProgramName, fault: Fault | undefined, work: () => Ran): Ran {
  switch (fault) {
    case undefined:
    case "half":
      return work();
    case "noop":
      return succeeded();
    case "fail":
      return failed(1, `${name}: failed on purpose\n`);
    case "hang":
      throw new Hang(name);
    case "late fail": {
      const { stdout, stderr } = work();
      return failed(1, `${stderr}${name}: failed on purpose at its end\n`, stdout);
    }
    case "late hang":
      work();
      throw new Hang(name);
  }
}

function isProgram(name: string): name is ProgramName {
  return Object.hasOwn(PROGRAMS, name);
}
