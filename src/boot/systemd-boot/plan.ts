import { posix } from "node:path";
import { splitLine } from "../../cmdline.ts";
import { known, unknown } from "../../facts/fact.ts";
import type {
  AfterUpgrade,
  Change,
  Diagnostic,
  Fact,
  KernelFact,
  LoaderDefault,
  LoaderEntry,
  NextBoot,
  SystemdBootFacts,
  TextFile,
  Unchanged,
} from "../../model.ts";
import type { Choice } from "../bls/choice.ts";
import { choose, patternFor } from "../bls/choice.ts";
import { releaseOf } from "../bls/entry-release.ts";
import { ENTRIES } from "../bls/entries.ts";
import { loaderConf } from "../bls/loader-default.ts";
import { inMenuOrder } from "../bls/order.ts";
import type { BootLoader, BootWish, DraftStep, LoaderInput, LoaderPlan } from "../loader.ts";
import type { OptionEdit } from "../options.ts";
import { keptOptions, optionChange } from "../option-changes.ts";
import { mergeOwned, recordProblems, recordSteps } from "../owned-options.ts";
import { problem } from "../problem.ts";
import { rootProblems } from "../root-option.ts";
import { freeableKernels, room, sizeOf } from "../space.ts";
import { efiLine, lineTooLong } from "../line-length.ts";
import { noFallback } from "../way-back.ts";
import { expected, writeText } from "../write-text.ts";
import { withOptions } from "../bls/entry-file.ts";
import { defaultInFile, defaultInVariable } from "../bls/default-step.ts";
import { TEMPLATE } from "./probe.ts";

const TIMEOUT_SECONDS = 600;

export const systemdBoot: BootLoader = { name: "systemd-boot", plan };

/** What is known of a host that can be driven. */
interface Host {
  readonly facts: SystemdBootFacts;
  readonly entries: readonly LoaderEntry[];
  readonly setting: LoaderDefault;
  readonly files: readonly TextFile[];
  readonly token: string;
  readonly choice: Choice | undefined;
}

/**
 * systemd-boot starts one of the entries that kernel-install has written. /etc/kernel/cmdline is only what *new* entries
 * are made from, so what is declared is written in both: into the template, and into the one entry that shall boot next.
 * The other entries keep their options: they are the way back. The default is set in loader.conf, by the entry's own
 * name; an EFI variable that says otherwise is changed with bootctl.
 */
function plan(input: LoaderInput): LoaderPlan {
  const { state, wish } = input;
  const wished = wish.release !== undefined || wish.options !== undefined;
  const host = usable(state.bootLoader.systemdBoot);
  if ("problems" in host) {
    const why = host.problems[0]?.summary ?? "systemd-boot cannot be driven";
    const nextBoot = { before: unknown(why), after: unknown(why), afterUpgrade: unknown(why) };
    return { nextBoot, changes: [], unchanged: [], steps: [], diagnostics: wished ? host.problems : [] };
  }
  const before = bootOf(host, host.choice, input);
  if (!wished || (host.choice === undefined && wish.release === undefined)) {
    const why = "nothing is declared of the next boot";
    const after = input.hooksRun ? unknown("kernel-install makes new entries for the packages") : before;
    const nextBoot = { before, after, afterUpgrade: wished ? unknown(why) : upgrade(host.choice) };
    return { nextBoot, changes: [], unchanged: [], steps: [], diagnostics: [] };
  }
  return drive(host, input, before);
}

function usable(facts: SystemdBootFacts | undefined): Host | { problems: readonly Diagnostic[] } {
  if (facts === undefined)
    return { problems: [problem("boot-loader-missing", "the ESP of this host holds no systemd-boot")] };
  const { entries, loaderDefault, files, token } = facts;
  for (const fact of [entries, loaderDefault, files, token])
    if (!fact.known) return { problems: [problem("systemd-boot-unreadable", fact.why)] };
  if (!entries.known || !loaderDefault.known || !files.known || !token.known) return { problems: [] };
  return {
    facts,
    entries: entries.value,
    setting: loaderDefault.value,
    files: files.value,
    token: token.value,
    choice: choose(entries.value, loaderDefault.value),
  };
}

/** The entry that shall boot next, as it is or as kernel-install will make it. */
interface Target {
  readonly entry: LoaderEntry;
  readonly release: string | undefined;
  /** kernel-install has to add it, or to add it again. */
  readonly missing: boolean;
  /** Files of the same entry with another counter, which kernel-install leaves beside the one that it writes. */
  readonly former: readonly LoaderEntry[];
}

function drive(host: Host, input: LoaderInput, before: Fact<NextBoot>): LoaderPlan {
  const { state, wish } = input;
  const target = targetOf(host, input);
  const template = host.files.find(({ path }) => path === TEMPLATE);
  const templateLine = splitLine(template?.text ?? host.choice?.entry.options ?? "");
  const declared = wish.options;
  const { addedOptions } = state;
  const forNew = declared === undefined ? undefined : mergeOwned(templateLine, declared, addedOptions);
  const presentLine = target.missing
    ? byKernelInstall(forNew?.options ?? templateLine, host.token)
    : splitLine(target.entry.options);
  const forEntry = declared === undefined ? undefined : mergeOwned(presentLine, declared, addedOptions);
  const line = (forEntry?.options ?? presentLine).join(" ");

  const pattern = patternFor(target.entry);
  const release = releaseChange(host, wish, before, target, pattern);
  const options = optionChanges(wish, forEntry?.edits ?? [], forNew?.edits ?? []);
  const changes = [...release.changes, ...options];
  const after = known(bootAfter(host, target, line, input));
  const pinned = wish.release !== undefined;
  return {
    nextBoot: {
      before,
      after: changes.length === 0 && !input.hooksRun ? before : after,
      afterUpgrade: pinned
        ? known({ keeps: true, rule: "loader.conf names the entry itself" })
        : upgrade(host.choice),
    },
    changes,
    unchanged: [...release.unchanged, ...keptOptions(wish, options)],
    steps: [
      ...recordSteps(
        declared,
        [...(forNew?.edits ?? []), ...(forEntry?.edits ?? [])],
        addedOptions,
        host.entries
          .filter(({ path }) => path !== target.entry.path)
          .map(({ options }) => splitLine(options)),
      ),
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
      ...recordProblems(declared, addedOptions),
      ...rootProblems(after.value.options, state, {
        remedy: `put root=UUID=… into ${TEMPLATE}, or mount / by an automatic root partition`,
        needed: false,
      }),
      ...lineTooLong(efiLine(after.value.initrd, after.value.options)),
      ...(target.missing ? space(host, input, target) : []),
      ...(wish.release === undefined ? [] : noFallback(after.value, wish.release)),
      ...(target.entry.tries !== undefined && wish.release !== undefined ? [counted(target.entry)] : []),
    ],
  };
}

/**
 * The line of an entry that kernel-install makes (90-loaderentry.install of systemd 252): all lines of the template
 * joined and, where the token is the machine's id, that id.
 */
function byKernelInstall(template: readonly string[], token: string): string[] {
  const named = template.some((option) => option.includes("systemd.machine_id="));
  return [...template, ...(MACHINE_ID.test(token) && !named ? [`systemd.machine_id=${token}`] : [])];
}

/** machine-id(5) */
const MACHINE_ID = /^[0-9a-f]{32}$/;

function targetOf(host: Host, { state, wish, kernels, rebuilt }: LoaderInput): Target {
  const { choice, entries, facts, token } = host;
  if (wish.release === undefined) {
    if (choice === undefined) throw new Error("there is no entry to change");
    return { entry: choice.entry, release: undefined, missing: false, former: [] };
  }
  const { release } = wish;
  const found = inMenuOrder(entries).find((entry) => {
    const its = releaseFact(entry, state.kernels, release);
    return its.known && its.value === release && entry.image !== undefined && entry.initrd !== undefined;
  });
  const id = `${token}-${release}`;
  // kernel-install copies the new initrd only with its own entry, which it then makes from the template. Where an entry
  // names /boot's own files, nothing is copied.
  const stale =
    rebuilt === release &&
    !kernels.some((one) => one.release === release && one.initrd?.path === found?.initrd?.path);
  if (found !== undefined && !stale) return { entry: found, release, missing: false, former: [] };
  const { mountPoint } = facts.boot;
  const folder = posix.join(mountPoint, token, release);
  const counter = facts.tries === undefined ? "" : `+${facts.tries}`;
  const file = (name: string, part: "image" | "initrd"): { path: string; size: number } => ({
    path: posix.join(folder, name),
    size: sizeOf(kernels, release, part),
  });
  const path = posix.join(mountPoint, ENTRIES, `${id}${counter}.conf`);
  return {
    release,
    missing: true,
    former: entries.filter((one) => one.id === id && one.path !== path),
    entry: {
      id,
      path,
      ...(facts.tries === undefined ? {} : { tries: { left: facts.tries, done: 0 } }),
      options: "",
      image: file("linux", "image"),
      initrd: file(`initrd.img-${release}`, "initrd"),
    },
  };
}

/** Whether the entry is the default for good as the loader is set now, once it is there. */
function isPinned({ entries, setting }: Host, { entry, former, missing }: Target): boolean {
  const left = entries.filter((one) => !former.includes(one) && !(missing && one.path === entry.path));
  const then = choose(missing ? [...left, entry] : left, setting);
  return then?.pinned === true && then.entry.path === entry.path;
}

/** By content where /boot has the kernel, by the entry's own word where it has not. */
function releaseFact(
  entry: LoaderEntry,
  kernels: LoaderInput["state"]["kernels"],
  preferred?: string,
): Fact<string> {
  const { version } = entry;
  const inBoot =
    kernels.known && kernels.value.some(({ release, image }) => release === version && image !== undefined);
  if (version !== undefined && !inBoot && entry.image !== undefined) return known(version);
  return releaseOf(entry, kernels, preferred ?? version);
}

// --- What boots ----------------------------------------------------------------------------------------------

function bootOf(host: Host, choice: Choice | undefined, { state, wish }: LoaderInput): Fact<NextBoot> {
  if (choice === undefined) return unknown("systemd-boot remembers its last choice, or has no entries");
  const { entry, by } = choice;
  return known({
    loader: "systemd-boot",
    release: releaseFact(entry, state.kernels, wish.release),
    kernel: entry.image?.path ?? "missing",
    initrd: entry.initrd?.path ?? "missing",
    options: entry.options,
    rule: `systemd-boot starts ${posix.basename(entry.path)}: ${by}${host.setting.variablesKnown ? "" : ", unless an EFI variable that cannot be seen here says otherwise"}`,
    fallback: fallbackOf(host, entry, state.kernels),
  });
}

function bootAfter(
  host: Host,
  { entry, release }: Target,
  options: string,
  { state, wish }: LoaderInput,
): NextBoot {
  return {
    loader: "systemd-boot",
    release: release === undefined ? releaseFact(entry, state.kernels, wish.release) : known(release),
    kernel: entry.image?.path ?? "missing",
    initrd: entry.initrd?.path ?? "missing",
    options,
    rule: `systemd-boot starts ${posix.basename(entry.path)}: ${release === undefined ? (host.choice?.by ?? "") : `${saysSo(host)} is ${patternFor(entry)}`}${host.setting.variablesKnown ? "" : ", unless an EFI variable that cannot be seen here says otherwise"}`,
    fallback: fallbackOf(host, entry, state.kernels),
  };
}

function saysSo({ setting }: Host): string {
  return setting.variable === undefined
    ? "the default of loader.conf"
    : "the EFI variable LoaderEntryDefault";
}

function fallbackOf(
  { entries }: Host,
  entry: LoaderEntry,
  kernels: LoaderInput["state"]["kernels"],
): Fact<string> {
  const ours = releaseFact(entry, kernels);
  const other = inMenuOrder(entries)
    .filter(({ path }) => path !== entry.path)
    .map((candidate) => releaseFact(candidate, kernels))
    .find((release) => release.known && !(ours.known && ours.value === release.value));
  return other ?? unknown("the menu has no other kernel");
}

function upgrade(choice: Choice | undefined): Fact<AfterUpgrade> {
  if (choice === undefined) return unknown("what boots next is unknown");
  return known(
    choice.pinned
      ? { keeps: true, rule: choice.by }
      : { keeps: false, rule: `the newest entry comes first, and ${choice.by}` },
  );
}

// --- What is to change ---------------------------------------------------------------------------------------

function releaseChange(
  host: Host,
  { release }: BootWish,
  before: Fact<NextBoot>,
  target: Target,
  pattern: string,
): { changes: Change[]; unchanged: Unchanged[] } {
  if (release === undefined) return { changes: [], unchanged: [] };
  const staged = before.known && before.value.release.known ? before.value.release.value : null;
  if (staged === release && isPinned(host, target))
    return {
      changes: [],
      unchanged: [{ address: "kernel.release", reason: `${release} is the default and boots next` }],
    };
  const change: Change = {
    address: "kernel.release",
    action: "update",
    before: staged === release ? `${release}, not pinned` : staged,
    after: release,
    reason:
      staged === release
        ? `nothing names ${pattern}`
        : `the next boot would start ${staged ?? "something unknown"}`,
    effect: "next-boot",
  };
  return { changes: [change], unchanged: [] };
}

function optionChanges(
  { options }: BootWish,
  entry: readonly OptionEdit[],
  template: readonly OptionEdit[],
): Change[] {
  if (options === undefined) return [];
  const staged = new Set(entry.map(({ key }) => key));
  return [
    ...entry.map((edit) => optionChange(edit, "the entry that boots next has it otherwise")),
    ...template
      .filter(({ key }) => !staged.has(key))
      .map((edit) =>
        optionChange(edit, `right in the entry, but ${TEMPLATE} would make new entries otherwise`),
      ),
  ];
}

interface Work {
  readonly wish: BootWish;
  readonly target: Target;
  readonly pattern: string;
  readonly changes: readonly Change[];
  readonly template: TextFile | undefined;
  readonly forNew: readonly string[] | undefined;
  readonly line: string;
  readonly rebuilt: string | undefined;
}

function stepsFor(host: Host, work: Work): DraftStep[] {
  const { wish, target, pattern, changes, template, forNew, line, rebuilt } = work;
  if (changes.length === 0 && !target.missing) return [];
  const addresses = changes.map(({ address }) => address);
  const ofOptions = addresses.filter((address) => address.startsWith("kernelOptions."));
  const steps: DraftStep[] = [];
  if (forNew !== undefined) {
    const present = template?.text ?? "\n";
    const text = forNew.join(" ");
    if (splitLine(present).join(" ") !== text)
      steps.push(
        writeText(
          {
            stage: "options",
            title: "write the options of new entries",
            serves: ofOptions,
            path: TEMPLATE,
            // kernel-install makes one line of all of them.
            content: present.endsWith("\n") ? `${text}\n` : text,
          },
          template,
        ),
      );
  }
  if (target.missing) {
    steps.push({
      stage: "loader",
      kind: "exec",
      title: `let kernel-install copy ${target.release ?? ""} and write its entry`,
      serves: [...addresses, ...(rebuilt === undefined ? [] : ["kernel.initrd"])],
      argv: [
        "kernel-install",
        "add",
        target.release ?? "",
        `/boot/vmlinuz-${target.release ?? ""}`,
        `/boot/initrd.img-${target.release ?? ""}`,
      ],
      inputs: [],
      touches: [target.entry.path],
      flushes: [posix.dirname(target.entry.path), posix.dirname(target.entry.image?.path ?? "/boot/x")],
      timeoutSeconds: TIMEOUT_SECONDS,
    });
  } else {
    const file = host.files.find(({ path }) => path === target.entry.path);
    if (file !== undefined && line !== splitLine(target.entry.options).join(" "))
      steps.push(
        writeText(
          {
            stage: "entries",
            title: "write the options of the entry that boots next",
            serves: ofOptions,
            path: file.path,
            content: withOptions(file.text, line),
          },
          file,
        ),
      );
  }
  if (wish.release !== undefined && !isPinned(host, target)) steps.push(defaultStep(host, pattern));
  for (const { path } of target.former) {
    const file = host.files.find((one) => one.path === path);
    if (file === undefined) continue;
    const title = "remove the entry as it was, for two with one name contradict each other";
    steps.push({ stage: "cleanup", kind: "remove", title, serves: [], path, ...expected(file) });
  }
  return steps;
}

function defaultStep(host: Host, pattern: string): DraftStep {
  const serves = ["kernel.release"];
  if (host.setting.variable !== undefined) return defaultInVariable(pattern, serves);
  return defaultInFile(loaderConf(host.facts.esp.mountPoint), host.files, pattern, serves);
}

// --- What is to be known before ------------------------------------------------------------------------------

function oneShot({ choice }: Host, wish: BootWish, { entry }: Target): Diagnostic[] {
  if (choice?.once !== true || wish.release === undefined || choice.entry.path === entry.path) return [];
  return [
    problem(
      "one-shot-entry",
      `the next boot starts another entry, for ${choice.by}`,
      'sudo bootctl set-oneshot "", or reboot once before',
    ),
  ];
}

function space(
  { facts, entries }: Host,
  { state, kernels }: LoaderInput,
  { release = "" }: Target,
): Diagnostic[] {
  const { mountPoint, freeBytes } = facts.boot;
  const kept = [release, ...entries.flatMap(({ version }) => version ?? [])];
  return room(
    {
      code: "esp-space",
      where: mountPoint,
      free: freeBytes,
      bytes: sizeOf(kernels, release, "image") + sizeOf(kernels, release, "initrd"),
      what: `kernel-install's copies of ${release}`,
      guessed: kernels.some((kernel: KernelFact) => kernel.release === release && kernel.expected === true),
    },
    freeableKernels(state, kept),
  );
}

function counted({ id, tries }: LoaderEntry): Diagnostic {
  return {
    ...problem(
      "boot-counting-defeated",
      `${id} counts its boot tries (${tries?.left ?? 0} left), and a default that names it is started all the same when none is left`,
      "remove /etc/kernel/tries if you do not want counting",
    ),
    severity: "warning",
  };
}
