import { splitLine } from "../../cmdline.ts";
import { known } from "../../facts/fact.ts";
import { newestPair } from "./newest-pair.ts";
import type { Fact, NextBoot } from "../../model/index.ts";
import type { LoaderInput, LoaderPlan } from "../loader.ts";
import { mergeOwned, recordProblems, recordSteps } from "../owned-options.ts";
import { NO_DIFFERENCE, keptOptions, optionChanges, releaseAsWished, releaseToCome } from "../plan-parts.ts";
import type { Stub } from "./host.ts";
import { isPin, pinId, pinPattern, releaseOfPin } from "./pin-files.ts";
import { crash, unseenVariables } from "./problems.ts";
import type { PinWork } from "./pin-work.ts";
import { chosenPin, wrongHooks } from "./pin-work.ts";
import { forgetLeft, orphans, remaining, remainingBeside, stepsFor } from "./pin-steps.ts";
import { oneShot, space, stubMode } from "./pin-warnings.ts";
import { nextRelease } from "../menu.ts";
import type { Difference } from "../plan-parts.ts";
import { asWarning } from "../problem.ts";

/**
 * The release that is to be pinned: a declared one that kernelstub would not choose itself, or that is pinned already;
 * without a declaration, the one that is pinned.
 */
export function pinnedRelease(stub: Stub, { wish, kernels }: LoaderInput): string | undefined {
  const present = chosenPin(stub);
  const pinned = present === undefined ? undefined : releaseOfPin(present);
  if (wish.unpin === true) return undefined;
  if (wish.release === undefined || wish.release === pinned) return pinned;
  return newestPair(kernels).newest === wish.release ? undefined : wish.release;
}

/**
 * A pin is an entry of hostcfg's own that is the default, with copies of the kernel and its initrd in a folder of
 * its own, which hooks keep as new as /boot's. kernelstub's configuration, entries and copies stay as they are, and
 * its hooks may go on: they are the way back.
 */
export function planPin(
  stub: Stub,
  input: LoaderInput,
  release: string,
  { before, copiedByHooks }: { readonly before: Fact<NextBoot>; readonly copiedByHooks: number },
): LoaderPlan {
  const { wish } = input;
  const entry = stub.entries.find(({ id }) => id === pinId(release));
  const present = entry === undefined ? stub.configuration.options : withoutRoot(splitLine(entry.options));
  const { options, edits } = mergeOwned(present, wish.options, input.state.addedOptions);
  const line = [`root=UUID=${stub.rootUuid}`, "ro", ...options].join(" ");
  const work = { stub, input, release, entry, line, pattern: pinPattern(release, stub.entries) };

  const ofOptions = optionChanges(
    edits,
    wish,
    entry === undefined ? "kernelstub's configuration" : "the pinned entry",
  );
  const ofRelease = releaseChange(work, before);
  const changes = [...ofRelease.changes, ...ofOptions];
  const wished = wish.release !== undefined || wish.options !== undefined;
  const hooksRun = input.hooksRun && stub.hooks.length > 0;
  const crashes = crash(newestPair(input.kernels).crash);
  const room = wished ? space(work, copiedByHooks) : undefined;
  return {
    afterUpgrade: () =>
      known({
        keeps: true,
        rule: "the default is hostcfg's own entry, which no kernel package touches",
      }),
    changes,
    unchanged: [...ofRelease.unchanged, ...keptOptions(wish, ofOptions)],
    steps: [
      ...(changes.length === 0 ? [] : stepsFor(work, changes)),
      ...(wished && ofRelease.changes.length === 0 ? forgetLeft(stub, input, release) : []),
      ...(wished ? orphans(stub, release) : []),
      // What is recorded of a pin's options goes after the pin.
      ...recordSteps(wish.options, edits, input.state.addedOptions, {
        elsewhere: [
          stub.configuration.options,
          ...pinnedLines(
            (ofRelease.changes.length === 0 ? remainingBeside : remaining)(stub, input, release),
            release,
          ),
        ],
      }),
    ],
    diagnostics: !wished
      ? []
      : [
          ...oneShot(stub, release),
          ...stubMode(stub),
          ...unseenVariables(stub),
          ...recordProblems(wish.options, input.state.addedOptions),
          ...(hooksRun ? crashes : crashes.map(asWarning)),
          ...(room?.diagnostics ?? []),
        ],
    bytes: room?.bytes ?? 0,
  };
}

/** The options of all pins but that of `besides`. */
export function pinnedLines({ entries }: Stub, besides?: string): string[][] {
  return entries
    .filter((entry) => isPin(entry.id) && releaseOfPin(entry) !== besides)
    .map(({ options }) => splitLine(options));
}

/** The loader's part of the line is written again each time. */
function withoutRoot(options: readonly string[]): string[] {
  return options.filter((option) => !option.startsWith("root=") && option !== "ro");
}

// --- What is to change ---------------------------------------------------------------------------------------

function releaseChange(work: PinWork, before: Fact<NextBoot>): Difference {
  const { input, release } = work;
  if (input.wish.release === undefined) return NO_DIFFERENCE;
  const staged = nextRelease(before) ?? null;
  const reason = whyNotPinned(work, before, staged);
  if (reason === undefined) return releaseAsWished(`${release} is pinned and boots next`);
  return releaseToCome(release, staged === release ? `${release}, not pinned` : staged, reason);
}

function whyNotPinned(work: PinWork, before: Fact<NextBoot>, staged: string | null): string | undefined {
  const { stub, input, release, entry } = work;
  if (staged === null) {
    const why = before.known && !before.value.release.known ? before.value.release.why : "";
    return `what boots next is unknown: ${before.known ? why : before.why}`;
  }
  if (staged !== release) return `the next boot would start ${staged}`;
  if (chosenPin(stub)?.id !== pinId(release)) {
    const { newest = "another kernel" } = newestPair(input.kernels);
    return `it boots next, but only until kernelstub's hooks take ${newest}`;
  }
  if (wrongHooks(stub).length > 0) return "the hooks that keep the pinned copies new are not in place";
  const root = splitLine(entry?.options ?? "").find((option) => option.startsWith("root="));
  return root === `root=UUID=${stub.rootUuid}`
    ? undefined
    : "the pinned entry names another root file system";
}
