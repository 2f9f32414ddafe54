import { posix } from "node:path";
import { markOf, marked } from "../../cmdline.ts";
import type { HostState, LoaderDefault, LoaderEntry } from "../../model/index.ts";
import { known } from "../../facts/fact.ts";
import type { BootLoader, DraftStep, StandIn, TrialInput, Tried, Trying } from "../loader.ts";
import { nextBootOf } from "../menu.ts";
import { problem } from "../problem.ts";
import { besideWhatBoots, setsDefault } from "../protect.ts";
import { run } from "../run.ts";
import { TRIAL_ONCE, beforeChange, onceChange, onceTaken, refusedTrial } from "../trial.ts";
import { writeText } from "../write-text.ts";
import { ENTRIES } from "./entries.ts";
import { namingsOf } from "./naming.ts";
import { loaderEntries, runningEntry } from "./running-entry.ts";
import { isTrial } from "./way-back-entry.ts";

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
  return {
    unchosen,
    tryOnce: (input) => {
      const host = standIn(input.state);
      if (host === undefined)
        return refusedTrial([
          problem("trial-refused", "what boots now cannot be told, so nothing can be tried"),
        ]);
      return tryOnce(host, input, (state) => {
        const next = nextBootOf(name, menu(state));
        const id = next.known ? next.value.entry : undefined;
        return loaderEntries(state).find((entry) => entry.id === id);
      });
    },
  };
}

function unchosen(state: HostState): HostState | undefined {
  const { kernelstub, systemdBoot } = state.bootLoader;
  const settings = [kernelstub?.loaderDefault, systemdBoot?.loaderDefault];
  const isChosen = settings.some((one) => one?.known === true && namesTrial(one.value));
  if (!isChosen) return undefined;
  const without = <F extends { readonly loaderDefault: HostStateDefault }>(facts: F | undefined) => {
    if (facts?.loaderDefault.known !== true) return facts;
    const { oneShot: _once, ...rest } = facts.loaderDefault.value;
    return { ...facts, loaderDefault: known(rest) };
  };
  return {
    ...state,
    bootLoader: {
      ...state.bootLoader,
      ...(kernelstub === undefined ? {} : { kernelstub: without(kernelstub) ?? kernelstub }),
      ...(systemdBoot === undefined ? {} : { systemdBoot: without(systemdBoot) ?? systemdBoot }),
    },
  };
}

type HostStateDefault = NonNullable<HostState["bootLoader"]["systemdBoot"]>["loaderDefault"];

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
  if (refusal !== undefined || chosen === undefined)
    return refusedTrial([refusal ?? problem("trial-refused", "which entry boots next cannot be told")]);
  const [entry, ...others] = ends.map(entryNext);
  const isTold = others.every((other) => partsOf(other) === partsOf(entry));
  const { image, initrd } = entry ?? {};
  if (entry === undefined || !isTold || image === undefined || initrd === undefined)
    return refusedTrial([
      problem("trial-refused", "what would boot after an apply cannot be told, so it cannot be tried"),
    ]);
  const inside = [image, initrd].map(({ path }) => posix.relative(home.mountPoint, path));
  if (inside.some((path) => path.startsWith("../")))
    return refusedTrial([
      problem("trial-refused", `${entry.id} starts files that are not on ${home.mountPoint}`),
    ]);
  const before =
    cut === undefined ? besideWhatBoots(host, marked(chosen.options, "before", only.before)) : undefined;
  const [linux = "", ramdisk = ""] = inside.map((path) => posix.join("/", path));
  const { version } = entry;
  const content = [
    "# Written by hostcfg: what is tried once (hostcfg try).",
    `title ${entry.title ?? entry.id} (hostcfg's trial)`,
    ...(version === undefined ? [] : [`version ${version}`]),
    `linux ${linux}`,
    `initrd ${ramdisk}`,
    `options ${marked(entry.options, "trial", only.trial)}`,
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
    diagnostics: before?.diagnostics ?? [],
  };
}

function refusalOf(host: StandIn, { state, cut }: TrialInput) {
  const { setting, chosen } = host;
  if (!setting.variablesKnown)
    return problem(
      "trial-refused",
      "the EFI variables cannot be seen here, and a trial is chosen by one of them",
      "mount efivarfs, or try it on the host itself once it runs",
    );
  if (setting.oneShot !== undefined) return onceTaken(`LoaderEntryOneShot is ${setting.oneShot}`);
  if (cut !== undefined && markOf(chosen?.options ?? "") !== "before")
    return problem(
      "trial-refused",
      "an apply was interrupted, and is to be finished first",
      "sudo hostcfg apply SPEC",
    );
  if (cut !== undefined || chosen === undefined) return undefined;
  const running = runningEntry(state);
  if (running?.image?.path === chosen.image?.path) return undefined;
  return problem(
    "trial-refused",
    `${chosen.id} boots next, and this boot was started by ${running?.id ?? "another entry"}: it is not known that a return to it would come up`,
    "reboot first, then try: what boots next is proven then",
  );
}

/** What moves the default, and what takes away what nothing would name then, waits until the trial is kept. */
function isHeldBack(host: StandIn, step: DraftStep): boolean {
  return step.stage === "cleanup" || setsDefault(host, step);
}

function partsOf(entry: LoaderEntry | undefined): string {
  return JSON.stringify([entry?.path, entry?.image?.path, entry?.initrd?.path, entry?.options]);
}

/** As this host's loader compares a variable with its entries. */
function onceName(id: string, setting: LoaderDefault): string {
  return namingsOf(setting).every(({ names }) => names === "stem") ? id : `${id}.conf`;
}
