import type { Action, ExecStep, LoaderAction, SetOnce } from "../model/index.ts";
import type { Command } from "../platform/platform.ts";
import { GENERATORS } from "../platform/initramfs.ts";
import { ENVIRONMENT } from "./grub/probe.ts";
import { menuArgv } from "./grub/menu-program.ts";
import { chooseOnceArgv, dropAsideArgv, putAsideArgv } from "./proxmox/put-aside.ts";
import { PLATFORMS } from "../platform/platforms.ts";

type RunStep<Stage> = Omit<ExecStep, "id"> & { readonly stage: Stage };

/** The step that runs the program for an action. */
export function run<Stage extends string>(
  stage: Stage,
  action: Action,
  {
    title,
    serves,
    inputs = [],
    touches = [],
    flushes = [],
  }: Pick<ExecStep, "title" | "serves"> & Partial<Pick<ExecStep, "inputs" | "touches" | "flushes">>,
): RunStep<Stage> {
  const { argv, timeoutSeconds } = commandFor(action);
  return {
    stage,
    kind: "exec",
    title,
    serves,
    action,
    argv,
    inputs,
    touches,
    flushes,
    timeoutSeconds,
  };
}

/** The one place that makes a command line. */
export function commandFor(action: Action): Command {
  switch (action.does) {
    case "install":
    case "remove":
    case "hold":
    case "unhold":
      return PLATFORMS[action.family].packages.command(action);
    case "make-initrd":
      return GENERATORS[action.by].command(action);
    case "make-menu":
    case "copy-kernel":
    case "set-default":
    case "set-once":
    case "pin":
    case "put-aside":
    case "drop-aside":
    case "refresh-esps":
      return loaderCommand(action);
  }
}

/** Seconds after which a program is stopped. A slow ESP, several of them, or os-prober on every disk takes less. */
const SECONDS = { copy: 600, menu: 600, variable: 60, esps: 1800 } as const;

function loaderCommand(action: LoaderAction): Command {
  switch (action.does) {
    case "make-menu":
      return { argv: menuArgv(action), timeoutSeconds: SECONDS.menu };
    case "copy-kernel": {
      const { image, initrd } = copiedFrom(action.release);
      return {
        argv:
          action.by === "kernelstub"
            ? ["kernelstub", "--verbose", "--kernel-path", image, "--initrd-path", initrd]
            : ["kernel-install", "add", action.release, image, initrd],
        timeoutSeconds: SECONDS.copy,
      };
    }
    // bootctl takes any name and exits with 0.
    case "set-default":
      return { argv: ["bootctl", "set-default", action.entry], timeoutSeconds: SECONDS.variable };
    case "set-once":
      return {
        argv: onceArgv(action),
        timeoutSeconds:
          action.by === "grub-editenv" && action.esps !== undefined ? SECONDS.esps : SECONDS.variable,
      };
    case "pin":
      return {
        argv: ["proxmox-boot-tool", "kernel", "pin", action.release],
        timeoutSeconds: SECONDS.esps,
      };
    case "put-aside":
      return { argv: putAsideArgv(action), timeoutSeconds: SECONDS.esps };
    case "drop-aside":
      return { argv: dropAsideArgv(action), timeoutSeconds: SECONDS.esps };
    case "refresh-esps":
      return { argv: ["proxmox-boot-tool", "refresh"], timeoutSeconds: SECONDS.esps };
  }
}

/** GRUB takes it out as soon as it has read it (GRUB manual, "next_entry"). */
const ONCE = "next_entry";

function onceArgv(action: SetOnce): readonly string[] {
  const { entry } = action;
  switch (action.by) {
    case "bootctl":
      return ["bootctl", "set-oneshot", entry];
    case "grub-editenv":
      return action.esps === undefined
        ? ["grub-editenv", ENVIRONMENT, ...(entry === "" ? ["unset", ONCE] : ["set", `${ONCE}=${entry}`])]
        : chooseOnceArgv(entry, action.esps);
  }
}

/** The files that copy-kernel hands over: both of its tools are driven where these have Debian's names only. */
export function copiedFrom(release: string): { readonly image: string; readonly initrd: string } {
  const layout = PLATFORMS.debian.layout([]);
  return { image: layout.image(release), initrd: layout.initrd(release) };
}
