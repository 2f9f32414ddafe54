import { END_OF_KERNEL_OPTIONS, splitLine } from "../cmdline.ts";
import type { WholeInitrds } from "../facts/initrd-whole.ts";
import type {
  BootEntryCheck,
  BootFile,
  BootPart,
  BootVerdict,
  HostState,
  KernelFact,
} from "../model/index.ts";
import { lineTooLong } from "./line-length.ts";
import { rootProblems } from "./root-option.ts";
import type { MenuEntry } from "./menu.ts";
import { releaseOrSaid } from "./menu.ts";

/**
 * Judges what one entry needs: its kernel and its initrd are there and whole, copies are equal to what they were copied
 * from, the modules of its release are there, and its line fits and names the root file system.
 *
 * @param whole Which initrds could be read to their ends; absent where nobody looked.
 */
export function checkEntry(entry: MenuEntry, state: HostState, whole?: WholeInitrds): BootEntryCheck {
  const { name } = entry;
  const meant = releaseOrSaid(entry);
  const kernel =
    meant.known && state.kernels.known
      ? state.kernels.value.find((one) => one.release === meant.value)
      : undefined;
  const origin = kernel ?? (entry.copied ? originOf(entry, state) : undefined);
  const parts = [
    checkImage(entry, origin, state),
    checkInitrd(entry, { kernel: origin, kernels: state.kernels, whole }),
    ...(entry.foreign
      ? [otherSystem(entry)]
      : [checkModules(entry, state, origin), ...checkLine(entry, state)]),
  ];
  return { name, release: meant, verdict: worst(parts.map(({ verdict }) => verdict)), parts };
}

export function worst(verdicts: readonly BootVerdict[]): BootVerdict {
  return (["broken", "unknown"] as const).find((one) => verdicts.includes(one)) ?? "bootable";
}

function otherSystem({ name }: MenuEntry): BootPart {
  return { part: "modules", verdict: "unknown", reason: `${name} is the entry of another system` };
}

/** The kernel of /boot that the image is a copy of, whatever its initrd is. */
function originOf({ image }: MenuEntry, { kernels }: HostState): KernelFact | undefined {
  const file = image.known ? image.value : undefined;
  if (file === undefined || !kernels.known) return undefined;
  return kernels.value.find((one) => one.image !== undefined && compared(one.image, file) === true);
}

function checkImage(entry: MenuEntry, kernel: KernelFact | undefined, { kernels }: HostState): BootPart {
  const say = (verdict: BootVerdict, reason: string): BootPart => ({ part: "kernel", verdict, reason });
  const { image, copied, release } = entry;
  if (!image.known) return say("unknown", image.why);
  const file = image.value;
  if (file === undefined) return say("broken", `the kernel that ${entry.name} names is missing`);
  if (file.size === 0) return say("broken", `${file.path} is empty`);
  if (!copied) return say("bootable", `${file.path} is there`);
  const original = kernel?.image;
  if (original === undefined && !release.known) {
    const foreign =
      kernels.known &&
      kernels.value.every((one) => one.image === undefined || compared(one.image, file) === false);
    return foreign
      ? { ...say("broken", `${file.path} matches no kernel in /boot`), differs: true }
      : say("unknown", release.why);
  }
  if (original === undefined || original.path === file.path) return say("bootable", `${file.path} is there`);
  const same = compared(original, file);
  if (same === undefined) return say("unknown", `${file.path} could not be compared with ${original.path}`);
  return same
    ? say("bootable", `${file.path} is a copy of ${original.path}`)
    : {
        ...say("broken", `${file.path} differs from ${original.path}: half copied, or another build`),
        differs: true,
      };
}

function checkInitrd(
  { name, initrd, copied, options, foreign }: MenuEntry,
  of: {
    readonly kernel: KernelFact | undefined;
    readonly kernels: HostState["kernels"];
    readonly whole: WholeInitrds | undefined;
  },
): BootPart {
  const { kernel, kernels, whole } = of;
  const say = (verdict: BootVerdict, reason: string): BootPart => ({ part: "initrd", verdict, reason });
  if (!initrd.known) return say("unknown", initrd.why);
  const file = initrd.value;
  if (file === "none") {
    // Names of file systems are resolved by an initrd: the kernel itself knows devices only (init/do_mounts.c).
    if (/(?:^| )root=(?:UUID|LABEL|ZFS)=/.test(options))
      return say("broken", `${name} names no initrd, and without one the kernel cannot find root= by a name`);
    const other = kernels.known ? kernels.value.find((one) => one.initrd !== undefined) : undefined;
    return other === undefined || foreign
      ? say("unknown", `${name} names no initrd, and only some kernels boot without one`)
      : say("broken", `${name} names no initrd, and ${other.release} of this host has one`);
  }
  if (file === undefined) return say("broken", `the initrd that ${name} names is missing`);
  if (file.size === 0) return say("broken", `${file.path} is empty`);
  const end = whole?.get(file.path);
  if (end?.known === true && !end.value) return say("broken", `${file.path} cannot be read to its end`);
  const original = kernel?.initrd;
  const same =
    copied && original !== undefined && original.path !== file.path ? compared(original, file) : undefined;
  if (same === false)
    return end?.known === true
      ? say("bootable", `${file.path} is complete, but differs from the initrd in /boot`)
      : say("unknown", `${file.path} differs from the initrd in /boot: older, or half copied`);
  if (end?.known === false) return say("unknown", end.why);
  const read = end === undefined ? "is there" : "can be read to its end";
  return say("bootable", `${file.path} ${read}`);
}

/** Undefined where one of them was not hashed or could not be. Files of two sizes need no digest. */
function compared(a: BootFile, b: BootFile): boolean | undefined {
  if (a.size !== b.size) return false;
  if (a.sha256?.known !== true || b.sha256?.known !== true) return undefined;
  return a.sha256.value === b.sha256.value;
}

function checkModules(entry: MenuEntry, { kernels }: HostState, kernel: KernelFact | undefined): BootPart {
  const say = (verdict: BootVerdict, reason: string): BootPart => ({ part: "modules", verdict, reason });
  if (!kernels.known) return say("unknown", kernels.why);
  const meant = releaseOrSaid(entry);
  const its = kernel?.release ?? (meant.known ? meant.value : undefined);
  if (its === undefined)
    return say("unknown", "the kernel that it starts is unknown, and so are its modules");
  return kernel?.modules === true
    ? say("bootable", `/lib/modules/${its} is there`)
    : say("broken", `the modules in /lib/modules/${its} are missing`);
}

function checkLine({ options, line, needsRoot }: MenuEntry, state: HostState): BootPart[] {
  const [root] = rootProblems(options, state, { remedy: "", needed: needsRoot });
  const [long] = lineTooLong(line);
  const named = splitLine(options)
    .slice(0, endOf(splitLine(options)))
    .findLast((option) => option.startsWith("root="));
  return [
    root === undefined
      ? { part: "root", verdict: "bootable", reason: `${named ?? "root="} is this host's root file system` }
      : {
          part: "root",
          verdict: root.severity === "error" ? "broken" : "unknown",
          reason: root.summary,
        },
    ...(long === undefined
      ? []
      : [{ part: "options" as const, verdict: "broken" as const, reason: long.summary }]),
  ];
}

function endOf(options: readonly string[]): number | undefined {
  const end = options.indexOf(END_OF_KERNEL_OPTIONS);
  return end === -1 ? undefined : end;
}
