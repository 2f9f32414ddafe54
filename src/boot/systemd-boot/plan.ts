import { splitLine } from "../../cmdline.ts";
import { known } from "../../facts/fact.ts";
import type { Diagnostic, Fact, HostState, NextBoot, TextFile } from "../../model/index.ts";
import { patternFor } from "../bls/naming.ts";
import { tryingBls } from "../bls/trial.ts";
import { isWhole } from "../bls/copies.ts";
import { holdsDefault } from "../bls/loader-default.ts";
import type { BootLoader, LoaderInput, LoaderPlan } from "../loader.ts";
import { keptOptions, noPlan } from "../plan-parts.ts";
import { mergeOwned, recordProblems, recordSteps } from "../owned-options.ts";
import type { OptionEdit } from "../options.ts";
import { changesOfOptions, releaseChange } from "./changes.ts";
import type { Host } from "./driven-host.ts";
import { usable } from "./driven-host.ts";
import { chosenOf, standIn } from "./stand-in.ts";
import { copiesChange, halfWritten, unmendable } from "./half-written.ts";
import { addedByHooks, isAddedAs, writtenByHooks } from "./kernel-install.ts";
import { isByHand, noEntryOf, notAdded } from "./by-hand.ts";
import { keepEntry } from "./kept-entry.ts";
import { whyOpen } from "../bls/choice.ts";
import { menu } from "./menu.ts";
import { upgrade } from "./upgrade.ts";
import { nextBootOf } from "../menu.ts";
import { layoutOf } from "../../platform/platforms.ts";
import { copiedFrom } from "../run.ts";
import { problem } from "../problem.ts";
import { namesRoot } from "../root-option.ts";
import {
  TEMPLATE,
  hasComments,
  optionsOfNewEntry,
  takesComments,
  templateOptions,
  withTemplateOptions,
} from "./template.ts";
import { byKernelInstall, stepsFor } from "./steps.ts";
import { targetOf } from "./target.ts";
import { counted, oneShot, space } from "./warnings.ts";

export const systemdBoot: BootLoader = {
  name: "systemd-boot",
  menu,
  root: {
    remedy: `put root=UUID=… into ${TEMPLATE}, or mount / by an automatic root partition`,
    needed: false,
  },
  standIn,
  trial: tryingBls("systemd-boot", menu, standIn),
  decides: holdsDefault,
  plan,
};

/**
 * systemd-boot starts one of the entries that kernel-install has written. /etc/kernel/cmdline is only what *new* entries
 * are made from, so what is declared is written in both: into the template, and into the one entry that shall boot next.
 * The other entries keep their options: they are the way back. The default is set in loader.conf, by the entry's own
 * name; an EFI variable that says otherwise is changed with bootctl. Where entries are written by hand there is no template.
 */
function plan(input: LoaderInput): LoaderPlan {
  const { state, wish, cut, hooksRun } = input;
  const wished = wish.release !== undefined || wish.options !== undefined;
  const host = usable(state.bootLoader.systemdBoot);
  if ("problems" in host) {
    const why = host.problems[0]?.summary ?? "systemd-boot cannot be driven";
    return noPlan(why, wished ? host.problems : []);
  }
  const before = nextBootOf("systemd-boot", menu(state, wish.release));
  const half = halfWritten(host, input);
  const byHand = isByHand(host, state.kernels);
  const rewritten = byHand ? undefined : rewrittenByHooks(host, input);
  const again = half ?? ((wish.release ?? rewritten) === rewritten ? rewritten : undefined);
  // Hooks write the entry of a release whose initrd is made again whether that boots next or not.
  const written = byHand
    ? undefined
    : (rewritten ?? input.rebuilt ?? (hooksRun ? cut?.rewritten : undefined));
  const hooks = written === undefined ? {} : { hooks: writtenByHooks(host, written) };
  if (again !== undefined) {
    return { ...drive(host, input, before, { release: again, isHalf: half !== undefined }), ...hooks };
  }
  const strange = wished && wish.release === undefined ? otherChoice(host) : undefined;
  if (!wished || strange !== undefined) {
    const nothing = noPlan(strange?.summary ?? "", strange === undefined ? [] : [strange]);
    return strange === undefined
      ? { ...nothing, afterUpgrade: () => upgrade(host.choice), ...hooks }
      : { ...nothing, ...hooks };
  }
  return { ...drive(host, input, before), ...hooks };
}

/** The release that boots next, where hooks of the plan's packages and initrds have kernel-install add it once more. */
function rewrittenByHooks(host: Host, input: LoaderInput): string | undefined {
  const entry = chosenOf(host);
  if (entry === undefined || !isWhole(entry)) return undefined;
  return addedByHooks(input, input.state.family).find((release) => isAddedAs(host, entry, release));
}

const TO_CHOOSE =
  "declare kernel.release, which makes an entry of this host the default; or sudo bootctl set-default ENTRY.conf";

/**
 * The default is no entry that could be given options: a unified image has its own inside, and another system none. Or
 * nobody can tell which entry it is.
 */
function otherChoice({ choice, menu, setting }: Host): Diagnostic | undefined {
  if (choice === undefined)
    return problem(
      "next-boot-unknown",
      `the options that are declared have no entry to stand in: what boots next is unknown (${whyOpen(menu, setting)})`,
      TO_CHOOSE,
    );
  if (choice.entry.kind === undefined && choice.entry.program === undefined) return undefined;
  const { id, path, program } = choice.entry;
  const what = program === undefined ? `the unified kernel image ${path}` : `${id} (${program.path})`;
  return problem(
    "not-the-default-entry",
    `${what} boots next (${choice.by}), and the options that are declared do not reach it`,
    TO_CHOOSE,
  );
}

/** The line of an entry as it stands in the template: the id of the machine is put there by kernel-install itself. */
function withoutMachine(line: string): string[] {
  return splitLine(line).filter((option) => !option.startsWith("systemd.machine_id="));
}

/**
 * @param spoilt The options of a new entry that its comments make other than declared: kernel-install runs once, so nothing
 *   could put them right.
 */
function commentsTaken(
  template: TextFile | undefined,
  state: HostState,
  spoilt: readonly OptionEdit[],
): Diagnostic[] {
  if (template === undefined || !hasComments(template.text) || !takesComments(state)) return [];
  return [
    {
      ...problem(
        "template-comments",
        `${TEMPLATE} has comments, and this host's kernel-install puts their words on the line of each new entry as options (systemd 254 and newer leave them out)`,
        `take the lines that begin with # out of ${TEMPLATE}`,
      ),
      severity: spoilt.length > 0 ? "error" : "warning",
    },
  ];
}

/** A new entry that names no root file system, on a host whose other entries do. */
function rootless({ entries }: Host, line: readonly string[]): Diagnostic[] {
  const text = line.join(" ");
  if (namesRoot(text) || !entries.some(({ options }) => namesRoot(options))) return [];
  return [
    problem(
      "root-missing",
      `kernel-install would write an entry without root=, although other entries have one: "${text}"`,
      `put root=UUID=… into ${TEMPLATE}`,
    ),
  ];
}

/** A release that kernel-install has to add again, for what is there is half written, or will be for a while. */
/** Whether the kernel's files are where the command that adds it looks for them. */
function isWhereCopied({ state, kernels }: LoaderInput, release: string): boolean {
  const layout = layoutOf({ ...state, kernels: known(kernels) });
  const { image, initrd } = copiedFrom(release);
  return layout.image(release) === image && layout.initrd(release) === initrd;
}

interface Again {
  readonly release: string;
  readonly isHalf: boolean;
}

function drive(host: Host, input: LoaderInput, before: Fact<NextBoot>, again?: Again): LoaderPlan {
  const { state, wish } = input;
  const target = targetOf(host, input, again?.release);
  const byHand = isByHand(host, state.kernels);
  if (byHand && target.missing)
    return noPlan(
      `no entry starts ${target.release ?? ""}`,
      noEntryOf(target.release ?? "", input.kernels, host),
    );
  if (target.missing && target.release !== undefined && !isWhereCopied(input, target.release))
    return noPlan(`nobody adds ${target.release}`, notAdded(target.release));
  // Nobody makes entries from it there, and unified kernel images would be made with it.
  const template = byHand ? undefined : host.files.find(({ path }) => path === TEMPLATE);
  const templateLine =
    template === undefined
      ? withoutMachine(host.choice?.entry.options ?? "")
      : templateOptions(template.text);
  const declared = wish.options;
  const { addedOptions } = state;
  // Without a template kernel-install takes the options of this boot, be it a live medium's: so it is given one.
  const forNew =
    byHand || (declared === undefined && (template !== undefined || !target.missing))
      ? undefined
      : mergeOwned(templateLine, declared, addedOptions);
  const templateText = withTemplateOptions(template?.text ?? "\n", forNew?.options ?? templateLine);
  const presentLine = target.missing
    ? byKernelInstall(optionsOfNewEntry(templateText, state), host.token)
    : splitLine(target.entry.options);
  const forEntry = declared === undefined ? undefined : mergeOwned(presentLine, declared, addedOptions);
  const line = (forEntry?.options ?? presentLine).join(" ");

  const pattern = patternFor(target.entry, host.setting);
  const release = releaseChange(host, wish, before, target, pattern);
  const options = changesOfOptions(wish, forEntry?.edits ?? [], forNew?.edits ?? [], target.missing);
  const kept =
    again === undefined && options.length > 0
      ? keepEntry(host, input, target, line, byHand)
      : { changes: [], steps: [] };
  const changes = [
    ...release.changes,
    ...options,
    ...kept.changes,
    ...(again === undefined ? [] : [copiesChange(again.release, again.isHalf)]),
  ];
  const pinned = wish.release !== undefined;
  const room = target.missing ? space(host, input, target) : undefined;
  return {
    afterUpgrade: () =>
      pinned ? known({ keeps: true, rule: "loader.conf names the entry itself" }) : upgrade(host.choice),
    changes,
    unchanged: [...release.unchanged, ...keptOptions(wish, options)],
    steps: [
      ...kept.steps,
      ...recordSteps(declared, [...(forNew?.edits ?? []), ...(forEntry?.edits ?? [])], addedOptions, {
        // A new entry has what the template gives it, hostcfg's options too.
        before: [...(byHand ? [] : [templateLine]), ...(target.missing ? [] : [presentLine])],
        elsewhere: host.entries
          .filter(({ path }) => path !== target.entry.path)
          .map(({ options }) => splitLine(options)),
      }),
      ...stepsFor(host, {
        wish,
        target,
        pattern,
        changes,
        template,
        forNew: forNew?.options,
        line,
        rebuilt: input.rebuilt,
      }),
    ],
    diagnostics: [
      ...oneShot(host, wish, target),
      ...commentsTaken(template, state, target.missing ? (forEntry?.edits ?? []) : []),
      ...(target.missing ? rootless(host, presentLine) : []),
      ...recordProblems(declared, addedOptions),
      ...(room?.diagnostics ?? []),
      ...(again?.isHalf === true ? unmendable(input, again.release) : []),
      ...(target.entry.tries !== undefined && wish.release !== undefined ? [counted(target.entry)] : []),
    ],
    bytes: room?.bytes ?? 0,
  };
}
