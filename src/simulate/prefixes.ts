import { isInitrdSource } from "../platform/initramfs.ts";
import { runningEntry } from "../boot/bls/running-entry.ts";
import { loaderSetting } from "../boot/bls/entry-text.ts";
import { isLoaderConf } from "../boot/bls/loader-default.ts";
import { isWayBackFile, namesWayBack } from "../boot/bls/way-back-entry.ts";
import { TEMPLATE } from "../boot/systemd-boot/template.ts";
import { TRIAL_BEFORE } from "../boot/trial.ts";
import { WAY_BACK_ADDRESS } from "../boot/way-back.ts";
import { partsOf } from "../boot/grub/drop-in.ts";
import { CUSTOM } from "../boot/grub/probe.ts";
import { STATE_FOLDER } from "../facts/state-folder.ts";
import type { Action, Diagnostic, Fact, HostState, NextBoot, Plan, Step } from "../model/index.ts";
import { mayBoot } from "./boot-watch.ts";
import { bootProblems } from "./proof.ts";

/**
 * Judges each prefix of a plan's steps, since an apply may end after any: by a failure, by ^C, by a power cut. What can be
 * told of the host after a prefix is proven from the facts (simulate/proof.ts). Beside it stand two rules of what those do
 * not show. The order of the steps by what they make: an initrd that is built before its sources, options that come after
 * the default, ESPs that are made before what they are made from. And the origin of this boot: that its entry is good.
 *
 * @param states As prefixStates (simulate/step.ts) gives them.
 * @param mends Whether the plan is to mend a host that does not come up as it is.
 */
export function prefixProblems(
  plan: Pick<Plan, "steps" | "nextBoot" | "host">,
  states: readonly (readonly HostState[])[],
  mends = false,
): readonly Diagnostic[] {
  const present = states[0]?.[0];
  return [
    ...outOfOrder(plan.steps),
    ...bootProblems(plan, states, mends),
    ...(present === undefined ? [] : wayBackTouched(plan.steps, plan.nextBoot.after, present)),
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

const OF_ACTION: Readonly<Record<Action["does"], Rank | undefined>> = {
  install: "package",
  remove: "package",
  hold: undefined,
  unhold: undefined,
  "put-aside": undefined,
  "drop-aside": "cleanup",
  "make-initrd": "initrd",
  // Only a file that the refresh reads.
  pin: "parts",
  "make-menu": "entries",
  "copy-kernel": "entries",
  "refresh-esps": "entries",
  "set-default": "default",
  "set-once": "default",
};

/** Undefined for what no boot depends on: holds, links, hostcfg's own records, what decides about a trial, and the way back. */
function rankOf(step: Step): Rank | undefined {
  if (makesWayBack(step) || (step.kind !== "exec" && isOwnUnit(step.path))) return undefined;
  switch (step.kind) {
    case "symlink":
      return undefined;
    case "copyFile":
      return "parts";
    case "exec":
      return OF_ACTION[step.action.does];
    case "remove":
      return mayBoot(step.path) ? "cleanup" : rankOfText(step.path);
    case "writeFile":
      // Where there was none, what runs kernel-install has to find it.
      return step.path === TEMPLATE && step.expect.kind === "absent" ? "source" : rankOfText(step.path);
    case "restore":
      return rankOfText(step.path);
  }
}

/** What systemd starts of hostcfg's once a host is up. */
function isOwnUnit(path: string): boolean {
  return /^\/etc\/systemd\/system\/(?:[^/]+\.wants\/)?hostcfg-[^/]+$/.test(path);
}

/** It is whole before it becomes the default, and what it starts is what has booted. */
function makesWayBack(step: Step): boolean {
  if (step.serves.includes(TRIAL_BEFORE)) return true;
  if (step.kind === "exec") {
    const { action } = step;
    return action.does === "put-aside" || (action.does === "set-default" && namesWayBack(action.entry));
  }
  if (step.kind === "writeFile" && isLoaderConf(step.path))
    return namesWayBack(loaderSetting(step.content, "default"));
  if (step.kind !== "symlink" && leavesWhatLasts(step)) return true;
  return isWayBackFile(step.path) || step.path === CUSTOM;
}

/** Whether it changes only what GRUB's settings say as long as an apply is at work. */
function leavesWhatLasts(step: Exclude<Step, { kind: "exec" | "symlink" }>): boolean {
  const [before, after] = [
    "before" in step ? step.before : undefined,
    step.kind === "writeFile" ? step.content : "",
  ].map((text) => partsOf(text ?? ""));
  return (
    (before?.meanwhile !== undefined || after?.meanwhile !== undefined) &&
    before?.lasting.trimEnd() === after?.lasting.trimEnd()
  );
}

/** Whether the step has another entry boot next than before, with all that it starts made by earlier ones. */
export function movesDefault(step: Step): boolean {
  if (makesWayBack(step)) return false;
  if (step.kind === "exec") {
    const { action } = step;
    // GRUB's end of a trial takes the default away with the entry.
    const endsTrial = action.does === "drop-aside" && action.on === "grub" && action.only === "trial";
    return OF_ACTION[action.does] === "default" || action.does === "pin" || endsTrial;
  }
  return isLoaderConf(step.path);
}

function rankOfText(path: string): Rank | undefined {
  if (path.startsWith(`${STATE_FOLDER}/`)) return undefined;
  if (isInitrdSource(path)) return "source";
  if (isLoaderConf(path)) return "default";
  return /\/loader\/entries\/[^/]+\.conf$/.test(path) ? "entries" : "parts";
}

/** A step that makes a part of what boots must not come behind one that has it boot, or that is made from it. */
function outOfOrder(steps: readonly Step[]): Diagnostic[] {
  const ranked = steps.flatMap((step, at) => {
    const rank = isMadeAgain(step, steps.slice(at + 1)) ? undefined : rankOf(step);
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

/** A menu for the way back alone, which lasts only until a later step makes it. */
function isMadeAgain(step: Step, later: readonly Step[]): boolean {
  const makesMenu = (one: Step): boolean => one.kind === "exec" && one.action.does === "make-menu";
  return makesMenu(step) && step.serves.every((one) => one === WAY_BACK_ADDRESS) && later.some(makesMenu);
}

/**
 * The entry that this boot came by is known to be good. Where another one boots next, it is the way back, and stays as it
 * is. What the loader's own tool rewrites has its copy aside (boot/protect.ts).
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
        summary: `step ${step.id} ${act} ${step.path}, of the entry of this boot, and another one boots next`,
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
