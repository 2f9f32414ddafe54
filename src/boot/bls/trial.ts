import { posix } from "node:path";
import { essenceOf, markOf, markWith } from "../../cmdline.ts";
import type { Diagnostic, HostState, LoaderDefault, LoaderEntry } from "../../model/index.ts";
import type { BootLoader, DraftStep, StandIn, TrialInput, Tried, Trying } from "../loader.ts";
import { nextBootOf } from "../menu.ts";
import { besideWhatBoots, setsDefault } from "../protect.ts";
import { warning } from "../problem.ts";
import { run } from "../run.ts";
import {
  CUT_FIRST,
  TRIAL_ONCE,
  UNPROVEN,
  UNTOLD,
  beforeChange,
  onceChange,
  onceTaken,
  refusedTrial,
} from "../trial.ts";
import { writeText } from "../write-text.ts";
import { isWhole } from "./copies.ts";
import { ENTRIES } from "./entries.ts";
import { namingsOf } from "./naming.ts";
import { loaderEntries, runningEntry } from "./running-entry.ts";
import { isTrial, wayBackCopies } from "./way-back-entry.ts";

/**
 * systemd-boot forgets LoaderEntryOneShot before it starts what that names. So an entry of hostcfg's own is chosen by it, with
 * the new kernel, initrd and options, while copies of what booted before are the default: whatever ends that boot, the next
 * one is that of before.
 */
export function tryingBls(
  name: BootLoader["name"],
  menu: BootLoader["menu"],
  standIn: (state: HostState) => StandIn | undefined,
): Trying {
  const entryNext = (state: HostState): LoaderEntry | undefined => {
    const next = nextBootOf(name, menu(state));
    const id = next.known ? next.value.entry : undefined;
    return loaderEntries(state).find((entry) => entry.id === id);
  };
  return {
    unchosen: (state) => {
      const host = standIn(state);
      return host !== undefined && namesTrial(host.setting)
        ? host.withSetting({ ...host.setting, oneShot: undefined })
        : undefined;
    },
    tryOnce: (input) => {
      const host = standIn(input.state);
      return host === undefined
        ? refusedTrial("what boots now cannot be told, so nothing can be tried")
        : tryOnce(host, input, entryNext);
    },
  };
}

function namesTrial({ oneShot }: LoaderDefault): boolean {
  return oneShot !== undefined && isTrial(posix.basename(oneShot, ".conf"));
}

function tryOnce(
  host: StandIn,
  input: TrialInput,
  entryNext: (state: HostState) => LoaderEntry | undefined,
): Tried {
  const { drafts, ends, cut, only } = input;
  const { setting, chosen, home } = host;
  const refusal = refusalOf(host, input);
  if (refusal !== undefined) return refusal;
  if (chosen === undefined || !isWhole(chosen))
    return refusedTrial("no entry with its kernel and initrd is known to boot next");
  const [entry, ...others] = ends.map(entryNext);
  const isTold = others.every((other) => partsOf(other) === partsOf(entry));
  const { image, initrd } = entry ?? {};
  if (entry === undefined || !isTold || image === undefined || initrd === undefined)
    return refusedTrial(UNTOLD);
  // A package that brings a kernel meanwhile has the tool write that over them: what is put aside stays as it is.
  const mayMove = host.takesAnyKernel?.(entry) === true;
  const isPutAside = mayMove && isSameKernel(entry, chosen);
  const files = isPutAside ? wayBackCopies(home.mountPoint) : [image.path, initrd.path];
  const inside = files.map((path) => posix.relative(home.mountPoint, path));
  if (inside.some((path) => path.startsWith("../")))
    return refusedTrial(`${entry.id} starts files that are not on ${home.mountPoint}`);
  const before =
    cut === undefined
      ? besideWhatBoots(host, `${chosen.options} ${markWith("before", only.before)}`)
      : undefined;
  const [linux = "", ramdisk = ""] = inside.map((path) => posix.join("/", path));
  const { version } = entry;
  const content = [
    "# Written by hostcfg: what is tried once (hostcfg try).",
    `title ${entry.title ?? entry.id} (hostcfg's trial)`,
    ...(version === undefined ? [] : [`version ${version}`]),
    `linux ${linux}`,
    `initrd ${ramdisk}`,
    `options ${entry.options} ${markWith("trial", only.trial)}`,
    "",
  ].join("\n");
  const path = posix.join(home.mountPoint, ENTRIES, `${host.standInEntry.trial}.conf`);
  const present = host.files.find((file) => file.path === path);
  const isWritten = present?.text === content;
  const isOpen = !isWritten || !input.isChosen;
  const told = version ?? entry.id;
  const held = drafts.filter((step) => isHeldBack(host, step));
  const serves = [TRIAL_ONCE, ...(isOpen ? held.flatMap((step) => step.serves) : [])];
  return {
    opening: before?.opening ?? [],
    steps: drafts.filter((step) => !isHeldBack(host, step)),
    closing: [
      ...(isWritten
        ? []
        : [
            writeText(
              { stage: "default", title: "write the entry that is tried", serves, path, content },
              present,
            ),
          ]),
      ...(isOpen
        ? [
            run(
              "default",
              { does: "set-once", by: "bootctl", entry: onceName(host.standInEntry.trial, setting) },
              { title: `choose ${told} for the next boot only`, serves },
            ),
          ]
        : []),
    ],
    changes: [
      ...(before === undefined ? [] : [beforeChange(chosen.version ?? chosen.id)]),
      ...(isOpen ? [onceChange(told)] : []),
    ],
    diagnostics: [...(before?.diagnostics ?? []), ...(mayMove && !isPutAside ? [notFixed(host)] : [])],
  };
}

function refusalOf({ setting, chosen }: StandIn, { state, cut }: TrialInput): Tried | undefined {
  if (!setting.variablesKnown)
    return refusedTrial(
      "the EFI variables cannot be seen here, and a trial is chosen by one of them",
      "mount efivarfs, or try it on the host itself once it runs",
    );
  if (setting.oneShot !== undefined) return onceTaken(`LoaderEntryOneShot is ${setting.oneShot}`);
  if (chosen === undefined) return undefined;
  if (cut !== undefined) return markOf(chosen.options) === "before" ? undefined : refusedTrial(...CUT_FIRST);
  const { cmdline } = state.running;
  const isProven =
    runningEntry(state)?.image?.path === chosen.image?.path &&
    cmdline.known &&
    withoutMachine(cmdline.value) === withoutMachine(chosen.options);
  return isProven ? undefined : refusedTrial(...UNPROVEN);
}

/** systemd-boot may have put the machine's id on the line. */
function withoutMachine(line: string): string {
  const options = essenceOf(line).split("\n");
  return options.filter((option) => !option.startsWith("systemd.machine_id=")).join("\n");
}

/** What moves the default, and what takes away what nothing would name then, waits until the trial is kept. */
function isHeldBack(host: StandIn, step: DraftStep): boolean {
  return step.stage === "cleanup" || setsDefault(host, step);
}

function partsOf(entry: LoaderEntry | undefined): string {
  return JSON.stringify([entry?.path, entry?.image?.path, entry?.initrd?.path, entry?.options]);
}

function notFixed({ tool }: StandIn): Diagnostic {
  return warning(
    "trial-not-fixed",
    `a package that brings a kernel before the reboot has ${tool} write that over what is tried`,
    "declare kernel.release, or install no kernel until the host has rebooted",
  );
}

/** Whether both are known to start the same kernel with the same initrd. */
function isSameKernel(one: LoaderEntry, other: LoaderEntry): boolean {
  return (["image", "initrd"] as const).every((part) => {
    const [a, b] = [one[part]?.sha256, other[part]?.sha256];
    return a?.known === true && b?.known === true && a.value === b.value;
  });
}

/** As this host's loader compares a variable with its entries. */
function onceName(id: string, setting: LoaderDefault): string {
  return namingsOf(setting).every(({ names }) => names === "stem") ? id : `${id}.conf`;
}
