import { posix } from "node:path";
import { loaderEntries, runningEntry } from "../boot/bootable/running-entry.ts";
import { loaderSetting } from "../boot/bls/entry-text.ts";
import { isWayBackFile, namesWayBack } from "../boot/bls/way-back-entry.ts";
import { STATE_FOLDER } from "../facts/state-folder.ts";
import type { Diagnostic, Fact, HostState, NextBoot, Plan, Step } from "../model.ts";

/**
 * Judges each prefix of a plan's steps, since an apply may end after any: by a failure, by ^C, by a power cut. The judge
 * knows the steps and nothing of who ordered them. It goes by rules of order, removal and origin; the tree after each
 * prefix is not simulated, so what a command does beside its purpose is not seen.
 */
export function prefixProblems(
  { steps, nextBoot }: Pick<Plan, "steps" | "nextBoot">,
  state: HostState,
): readonly Diagnostic[] {
  return [
    ...outOfOrder(steps),
    ...removed(steps, nextBoot),
    ...unmade(steps, nextBoot, state),
    ...wayBackTouched(steps, nextBoot.after, state),
  ];
}

/** What a step makes, in the order in which it has to be made. */
const RANKS = [
  /** What initrds are built from. */
  "source",
  "package",
  "initrd",
  /** Copies of kernels and initrds, and what entries are generated from. */
  "parts",
  /** Entries, written by hostcfg or by the loader's own tool. */
  "entries",
  /** Which entry boots next. */
  "default",
  /** What nothing names any more. */
  "cleanup",
] as const;
type Rank = (typeof RANKS)[number];

const PROGRAMS: Readonly<Record<string, Rank>> = {
  dpkg: "package",
  "apt-get": "package",
  "update-initramfs": "initrd",
  kernelstub: "entries",
  "update-grub": "entries",
  "kernel-install": "entries",
  "proxmox-boot-tool": "entries",
  bootctl: "default",
};

/** Undefined for what no boot depends on: holds, links, hostcfg's own records, and the way back. */
function rankOf(step: Step): Rank | undefined {
  if (makesWayBack(step)) return undefined;
  switch (step.kind) {
    case "symlink":
      return undefined;
    case "copyFile":
      return "parts";
    case "exec":
      // A pin is only a file that the refresh reads.
      return step.argv.includes("pin") ? "parts" : PROGRAMS[step.argv[0] ?? ""];
    case "remove":
      return /^\/(?:boot|efi)\//.test(step.path) ? "cleanup" : rankOfText(step.path);
    case "writeFile":
    case "restore":
      return rankOfText(step.path);
  }
}

/** It is whole before it becomes the default, and what it starts is what has booted. */
function makesWayBack(step: Step): boolean {
  if (step.kind === "exec") return step.argv.some(namesWayBack);
  if (step.kind === "writeFile" && step.path.endsWith("/loader.conf"))
    return namesWayBack(loaderSetting(step.content, "default"));
  return isWayBackFile(step.path);
}

function rankOfText(path: string): Rank | undefined {
  if (path.startsWith(`${STATE_FOLDER}/`)) return undefined;
  if (/^\/etc\/(?:modprobe\.d|initramfs-tools)\//.test(path)) return "source";
  if (path.endsWith("/loader/loader.conf")) return "default";
  return /\/loader\/entries\/[^/]+\.conf$/.test(path) ? "entries" : "parts";
}

/** A step that makes a part of what boots must not come behind one that has it boot, or that is made from it. */
function outOfOrder(steps: readonly Step[]): Diagnostic[] {
  const ranked = steps.flatMap((step) => {
    const rank = rankOf(step);
    return rank === undefined ? [] : [{ step, rank }];
  });
  return ranked.flatMap(({ step, rank }, at) => {
    const before = ranked.slice(0, at).find((other) => RANKS.indexOf(other.rank) > RANKS.indexOf(rank));
    if (before === undefined) return [];
    return [
      unsafe(
        `a stop after step ${before.step.id} (${before.step.title}) would leave out step ${step.id} (${step.title}), which it needs`,
      ),
    ];
  });
}

/** Nothing is removed that boots next, neither before the default has changed nor after. */
function removed(steps: readonly Step[], { before, after }: Plan["nextBoot"]): Diagnostic[] {
  const switched = steps.findLastIndex((step) => {
    const rank = rankOf(step);
    return rank === "default" || rank === "entries";
  });
  return steps.flatMap((step, at) => {
    if (step.kind !== "remove") return [];
    const boots = at < switched || switched === -1 ? [before, after] : [after];
    return boots.some((boot) => filesOf(boot).includes(step.path))
      ? [unsafe(`step ${step.id} removes ${step.path}, which boots next then`)]
      : [];
  });
}

function filesOf(boot: Fact<NextBoot>): string[] {
  return boot.known ? [boot.value.kernel, boot.value.initrd] : [];
}

/** What boots after the plan, and did not before, is there already or made by a step. */
function unmade(steps: readonly Step[], { before, after }: Plan["nextBoot"], state: HostState): Diagnostic[] {
  const entries = loaderEntries(state);
  const there = new Set(
    entries.flatMap(({ image, initrd }) => [image, initrd]).flatMap((file) => file?.path ?? []),
  );
  const pins = state.bootLoader.kernelstub?.pins;
  for (const { path } of pins?.known === true ? pins.value.copies : []) there.add(path);
  // Other loaders name the files of /boot, which the concern of the kernel judges.
  if (entries.length === 0) return [];
  const made = (path: string): boolean =>
    steps.some((step) =>
      step.kind === "exec"
        ? step.flushes.includes(posix.dirname(path))
        : step.kind === "copyFile" && step.path === path,
    );
  const old = filesOf(before);
  return filesOf(after)
    .filter((path) => posix.isAbsolute(path) && !old.includes(path) && !there.has(path) && !made(path))
    .map((path) => unsafe(`${path} would boot next, but it is not there and no step makes it`));
}

/**
 * The entry that this boot came by is known to be good. Where another one boots next, it is the way back, and stays as it
 * is. What kernelstub itself rewrites has its copy aside (boot/kernelstub/guarded.ts).
 */
function wayBackTouched(steps: readonly Step[], after: Fact<NextBoot>, state: HostState): Diagnostic[] {
  const running = runningEntry(state);
  if (running === undefined || !after.known || after.value.kernel === running.image?.path) return [];
  const own = [running.path, running.image?.path, running.initrd?.path];
  return steps.flatMap((step): Diagnostic[] => {
    if (step.kind === "exec" || !own.includes(step.path)) return [];
    const act = step.kind === "remove" ? "removes" : "rewrites";
    return [
      {
        severity: "error",
        code: "no-way-back",
        summary: `step ${step.id} ${act} ${step.path}, of the entry that this boot came by, and another one boots next`,
        hint: "reboot first, then apply: what boots next is proven then",
      },
    ];
  });
}

function unsafe(summary: string): Diagnostic {
  return {
    severity: "error",
    code: "unsafe-order",
    summary: `the steps are in no safe order: ${summary}`,
    hint: "this is a bug in hostcfg: please report it with a capture of the host (hostcfg capture)",
  };
}
