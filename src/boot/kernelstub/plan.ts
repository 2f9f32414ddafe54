import { run } from "../run.ts";
import { posix } from "node:path";
import { known } from "../../facts/fact.ts";
import { newestPair } from "./newest-pair.ts";
import { releaseIn } from "../../platform/platforms.ts";
import type { AfterUpgrade, Change, ExecStep, Fact, NextBoot } from "../../model/index.ts";
import { splitLine } from "../../cmdline.ts";
import { CONFIGURATION, withOptions } from "./configuration.ts";
import { standIn } from "./stand-in.ts";
import type { Stub } from "./host.ts";
import { usable } from "./host.ts";
import { currentId, oldId } from "./probe.ts";
import {
  copyRoom,
  crash,
  firmwareEntry,
  noKernel,
  notWhole,
  otherDefault,
  growth,
  unknownTarget,
  unseenVariables,
} from "./problems.ts";
import { menu } from "./menu.ts";
import { nextBootOf, nextRelease } from "../menu.ts";
import { defaultInFile, defaultInVariable } from "../bls/default-step.ts";
import { tryingBls } from "../bls/trial.ts";
import { holdsDefault, loaderConf } from "../bls/loader-default.ts";
import type { BootLoader, DraftStep, LoaderInput, LoaderPlan } from "../loader.ts";
import { mergeOwned, recordProblems, recordSteps, unstagedEdits } from "../owned-options.ts";
import { writeText } from "../write-text.ts";
import {
  NO_DIFFERENCE,
  keptOptions,
  noPlan,
  optionChanges,
  releaseAsWished,
  releaseGivenBack,
  releaseToCome,
  unstagedChanges,
} from "../plan-parts.ts";
import { pinnedLines, pinnedRelease, planPin } from "./pin.ts";
import { forget, forgetLeft, orphans, remaining, remainingBeside } from "./pin-steps.ts";
import { releaseOfPin } from "./pin-files.ts";
import { chosenPin } from "./pin-work.ts";
import type { Difference } from "../plan-parts.ts";
import { asWarning } from "../problem.ts";

export const kernelstub: BootLoader = {
  name: "kernelstub",
  menu,
  standIn,
  trial: tryingBls("kernelstub", menu, standIn),
  decides: holdsDefault,
  plan,
};

/**
 * kernelstub 3.1.4 starts the newest complete pair in /boot by Debian version order and ignores the symlinks. A declared
 * release that it would not choose is pinned (pin.ts), past kernelstub. Else
 * the options go into its configuration file and it is run once with explicit paths; what it then left on the ESP
 * is probed, for its exit code is 0 even when the kernel is missing. Never `-o`, `-a`, `-d` (they split at quotes
 * and `-d` shuffles) and never `-p` or `--dry-run` (they write).
 */
function plan(input: LoaderInput): LoaderPlan {
  const { wish, cut, hooksRun: disturbed } = input;
  const before = nextBootOf("kernelstub", menu(input.state, wish.release));
  const wished = wish.release !== undefined || wish.options !== undefined;
  const stub = usable(input.state);
  if ("problems" in stub) {
    const why = stub.problems[0]?.summary ?? "kernelstub cannot be driven";
    return noPlan(why, wished ? stub.problems : []);
  }

  const chosen = newestPair(input.kernels);
  const hooksRun = disturbed && stub.hooks.length > 0;
  const byHooks = hooksRun ? copies(stub, chosen.newest, chosen.previous) : [];
  const hooks = hooksRun ? { hooks: whatItWrites(stub) } : {};
  const pinned = pinnedRelease(stub, input);
  if (pinned !== undefined)
    return { ...planPin(stub, input, pinned, { before, copiedByHooks: growth(input, byHooks) }), ...hooks };

  const { addedOptions } = input.state;
  const { options, edits } = mergeOwned(stub.configuration.options, wish.options, addedOptions);
  const written = splitLine(stub.current?.options ?? "");
  const unstaged = unstagedEdits(written, wish.options, addedOptions, edits);
  const ofOptions = [
    ...optionChanges(edits, wish, "kernelstub's configuration"),
    ...unstagedChanges(unstaged, "kernelstub's configuration"),
  ];
  const release = releaseChange(stub, input, before);
  // A cut may have left half a kernel under the name that kernelstub's own entry starts.
  const halfDone = cut !== undefined && !(before.known && before.value.release.known) ? [cut.change] : [];
  const changes = [...release.changes, ...ofOptions, ...halfDone];
  const unchanged = [...release.unchanged, ...keptOptions(wish, ofOptions)];
  const common = { changes, unchanged, ...hooks, afterUpgrade: () => afterUpgrade(stub) };
  // A pin of another release gives way in the same plan.
  const isPinned = chosenPin(stub) !== undefined;
  const foreign = isPinned ? [] : otherDefault(stub);
  const always = [
    ...recordProblems(wish.options, addedOptions),
    ...(wished ? [...foreign, ...unseenVariables(stub)] : []),
    // Where nothing runs kernelstub now, the next kernel hook will.
    ...(hooksRun || changes.length > 0
      ? crash(chosen.crash)
      : wished
        ? crash(chosen.crash).map(asWarning)
        : []),
  ];

  const record = recordSteps(
    wish.options,
    [...edits, ...unstaged.filter(({ action }) => action === "delete")],
    addedOptions,
    {
      before: [stub.configuration.options, written],
      elsewhere: pinnedLines((isPinned ? remaining : remainingBeside)(stub, input)),
    },
  );
  const unnamed = wished ? [...(isPinned ? [] : forgetLeft(stub, input)), ...orphans(stub)] : [];
  if (changes.length === 0) {
    const { bytes, diagnostics } = copyRoom(stub, input, [byHooks]);
    return { ...common, steps: [...unnamed, ...record], diagnostics: [...always, ...diagnostics], bytes };
  }
  const target =
    wish.release ??
    (wish.unpin === true && isPinned ? chosen.newest : undefined) ??
    targetWithoutWish(stub, before, disturbed, chosen.newest) ??
    (cut?.release.known === true ? cut.release.value : undefined);
  if (target === undefined) {
    const why = chosen.newest === undefined ? [noKernel()] : unknownTarget(whyUnknown(before));
    // That another entry boots next is the whole reason then.
    const lost = foreign.length > 0 ? [] : why;
    return {
      ...common,
      steps: [],
      diagnostics: [...always, ...lost],
    };
  }
  const room = copyRoom(stub, input, [byHooks, copies(stub, target, chosen.previous)]);
  return {
    ...common,
    // What is recorded of a pin's options goes after the pin.
    steps: [...draftSteps(stub, target, options, changes), ...unpin(stub, input), ...unnamed, ...record],
    diagnostics: [
      ...always,
      // A declared release is judged where it is declared.
      ...(wish.release === undefined ? notWhole(input, target) : []),
      ...room.diagnostics,
      ...firmwareEntry(stub.configuration),
    ],
    bytes: room.bytes,
  };
}

/**
 * Options alone leave the kernel that boots next as it is. A kernelstub that has written no entry yet, or whose
 * hook runs anyway, takes its own choice.
 */
function targetWithoutWish(
  stub: Stub,
  before: Fact<NextBoot>,
  disturbed: boolean,
  newest: string | undefined,
): string | undefined {
  if (disturbed || stub.current === undefined) return newest;
  // Another entry boots: which kernel kernelstub's own is to start then is for the spec to say.
  if (!before.known || before.value.kernel !== stub.current.image?.path) return undefined;
  return before.value.release.known ? before.value.release.value : undefined;
}

/** One run of kernelstub: the kernel over the current copies, the previous one, if it is another, over the old. */
function copies(stub: Stub, release: string | undefined, previous: string | undefined) {
  return [
    ...(release === undefined ? [] : [{ release, over: stub.current }]),
    ...(previous === undefined || previous === release ? [] : [{ release: previous, over: stub.old }]),
  ];
}

/** What every run of kernelstub writes: the files to keep, and the folders to flush. */
function whatItWrites(stub: Stub): Pick<ExecStep, "touches" | "flushes"> {
  const { mountPoint } = stub.esp;
  const images = `${mountPoint}/EFI/${stub.name}-${stub.rootUuid}`;
  return {
    touches: [
      // Of these the journal keeps the digests, by which undo finds the same kernel in /boot.
      `${images}/vmlinuz.efi`,
      `${images}/initrd.img`,
      `${images}/vmlinuz-previous.efi`,
      `${images}/initrd.img-previous`,
      CONFIGURATION,
      `${mountPoint}/loader/loader.conf`,
      `${mountPoint}/loader/entries/${currentId(stub.name)}.conf`,
      `${mountPoint}/loader/entries/${oldId(stub.name)}.conf`,
    ],
    flushes: [images, `${mountPoint}/loader`, `${mountPoint}/loader/entries`, posix.dirname(CONFIGURATION)],
  };
}

// --- What is to change ---------------------------------------------------------------------------------------

function releaseChange(stub: Stub, input: LoaderInput, before: Fact<NextBoot>): Difference {
  const { release } = input.wish;
  if (release === undefined) {
    const pin = input.wish.unpin === true ? chosenPin(stub) : undefined;
    return pin === undefined ? NO_DIFFERENCE : releaseGivenBack(releaseOfPin(pin));
  }
  const staged = nextRelease(before) ?? null;
  const change = (reason: string): Difference => releaseToCome(release, staged, reason);
  if (staged === null) return change(`what boots next is unknown: ${whyUnknown(before)}`);
  if (staged !== release) return change(`the next boot would start ${staged}`);
  if (input.hooksRun && stub.hooks.length > 0 && newestPair(input.kernels).newest !== release) {
    return change("installing the packages makes kernelstub's hook choose another kernel");
  }
  const replaced =
    input.rebuilt === release || (input.installing ?? []).some(({ kernel }) => releaseIn(kernel) === release);
  if (replaced && stub.hooks.length === 0)
    return change("its kernel or initrd is replaced, and no hook of kernelstub's copies it");
  return releaseAsWished(`${release} is what boots next`);
}

function draftSteps(
  stub: Stub,
  release: string,
  options: readonly string[],
  changes: readonly Change[],
): DraftStep[] {
  const { configuration } = stub;
  const serves = changes.map((change) => change.address);
  const optionAddresses = serves.filter((address) => address.startsWith("kernelOptions."));
  const sameList =
    options.length === configuration.options.length &&
    options.every((option, at) => option === configuration.options[at]);
  const { file } = configuration;
  const write = writeText(
    {
      stage: "options",
      title: "write kernelstub's kernel options",
      serves: optionAddresses,
      path: file === undefined ? CONFIGURATION : configuration.path,
      content: withOptions(configuration.text, options),
    },
    file === undefined ? undefined : { ...file, path: configuration.path, text: configuration.text },
  );
  const copy = run(
    "loader",
    { does: "copy-kernel", by: "kernelstub", release },
    { title: `let kernelstub copy ${release} to the ESP and write its entry`, serves, ...whatItWrites(stub) },
  );
  return sameList ? [copy] : [write, copy];
}

/** Gives the next boot back to kernelstub, where a pin of another release has it. */
function unpin(stub: Stub, input: LoaderInput): DraftStep[] {
  if (chosenPin(stub) === undefined) return [];
  const serves = ["kernel.release"];
  // Named so that every systemd-boot finds it, as a pin is.
  const pattern = `${currentId(stub.name)}*`;
  return [
    stub.default.variable === undefined
      ? defaultInFile(loaderConf(stub.esp.mountPoint), stub.files, pattern, serves)
      : defaultInVariable(pattern, serves),
    ...forget(stub, input, serves),
  ];
}

function afterUpgrade(stub: Stub): Fact<AfterUpgrade> {
  return known(
    stub.hooks.length === 0
      ? { keeps: true, rule: "no kernel hook runs kernelstub" }
      : {
          keeps: false,
          rule: "kernelstub's hook takes the newest complete pair in /boot by Debian version order",
        },
  );
}

function whyUnknown(boot: Fact<NextBoot>): string {
  if (!boot.known) return boot.why;
  return boot.value.release.known ? boot.value.rule : boot.value.release.why;
}
