import { createHash } from "node:crypto";
import { known, unknown } from "../facts/fact.ts";
import { newestPair } from "../facts/kernels.ts";
import type {
  BootFile,
  Change,
  Diagnostic,
  EspFacts,
  Fact,
  HostState,
  KernelFact,
  KernelstubConfiguration,
  LoaderDefault,
  LoaderEntry,
  NextBoot,
  Unchanged,
} from "../model.ts";
import { MOST_LINE_BYTES, splitLine } from "./cmdline.ts";
import { currentId, oldId } from "./kernelstub-probe.ts";
import { CONFIGURATION, withOptions } from "./kernelstub-configuration.ts";
import { namesEntry } from "./loader-entries.ts";
import type { BootLoader, BootWish, DraftStep, LoaderInput, LoaderPlan } from "./loader.ts";
import type { DeclaredOptions, OptionEdit } from "./options.ts";
import { declaredKeys, mergeOptions } from "./options.ts";

/** Copying a kernel and a large initrd to a slow ESP takes seconds; a hang must still end. */
const TIMEOUT_SECONDS = 600;

export const kernelstub: BootLoader = { name: "kernelstub", plan };

/**
 * kernelstub 3.1.4 starts the newest complete pair in /boot by Debian version order and ignores the symlinks. So
 * the options go into its configuration file and it is run once with explicit paths; what it then left on the ESP
 * is probed, for its exit code is 0 even when the kernel is missing. Never `-o`, `-a`, `-d` (they split at quotes
 * and `-d` shuffles) and never `-p` or `--dry-run` (they write).
 */
function plan(input: LoaderInput): LoaderPlan {
  const before = stagedBoot(input.state);
  const nothing = { changes: [], unchanged: [], steps: [] };
  const stub = usable(input.state);
  if ("problems" in stub) {
    const wished = input.wish.release !== undefined || input.wish.options !== undefined;
    const after = input.packagesChange
      ? unknown(stub.problems[0]?.summary ?? "kernelstub cannot be driven")
      : before;
    return { nextBoot: { before, after }, ...nothing, diagnostics: wished ? stub.problems : [] };
  }

  const declared = input.wish.options ?? { present: [], absent: [] };
  const { options, edits } = mergeOptions(stub.configuration.options, declared);
  const optionChanges = [
    ...edits.map((edit) => optionChange(edit, EDIT_REASONS[edit.action])),
    ...unstagedChanges(stub, declared, edits),
  ];
  const release = releaseChange(stub, input, before);
  const changes = [...release.changes, ...optionChanges];
  const unchanged = [...release.unchanged, ...keptOptions(input.wish, optionChanges)];

  const chosen = newestPair(input.kernels);
  const target =
    input.wish.release ?? (input.packagesChange ? chosen.newest : knownOr(before, chosen.newest));
  if (changes.length === 0 || target === undefined) {
    const after = input.packagesChange ? afterHooks(stub, input, before, chosen.newest) : before;
    const lost = target === undefined && changes.length > 0 ? [noKernel()] : [];
    return {
      nextBoot: { before, after },
      changes,
      unchanged,
      steps: [],
      diagnostics: [...lost, ...lasting(stub, input, chosen)],
    };
  }

  const after = stagedByUs(stub, target, options, fallbackAfter(stub, input, chosen, target));
  return {
    nextBoot: { before, after: known(after) },
    changes,
    unchanged,
    steps: draftSteps(stub, target, options, changes),
    diagnostics: [
      ...crash(chosen.crash),
      ...lineLength(after.options, stub),
      ...otherDefault(stub),
      ...room(stub, input, target),
      ...lasting(stub, input, chosen),
      ...wayBack(after, target),
      ...firmwareEntry(stub.configuration),
    ],
  };
}

const EDIT_REASONS = {
  create: "not in kernelstub's configuration",
  update: "kernelstub's configuration has another value",
  delete: "kernelstub's configuration has it",
} as const;

// --- What is there -------------------------------------------------------------------------------------------

/** All that is needed to drive kernelstub, once it is known to be there. */
interface Stub {
  readonly configuration: KernelstubConfiguration;
  readonly name: string;
  readonly esp: EspFacts;
  readonly default: LoaderDefault;
  readonly entries: readonly LoaderEntry[];
  readonly current: LoaderEntry | undefined;
  readonly old: LoaderEntry | undefined;
  readonly rootUuid: string;
  readonly hooks: readonly string[];
}

function usable(state: HostState): Stub | { problems: readonly Diagnostic[] } {
  const facts = state.bootLoader.kernelstub;
  if (facts === undefined) {
    return { problems: [problem("boot-loader-missing", "kernelstub is not installed on this host")] };
  }
  const { configuration, name, esp, loaderDefault, entries, hooks } = facts;
  if (!configuration.known) return cannot("kernelstub-configuration", configuration.why);
  if (configuration.value.liveMode) {
    return cannot(
      "kernelstub-live-mode",
      `${configuration.value.path} has live_mode on: this is a live or recovery system`,
    );
  }
  if (!configuration.value.setupLoader) {
    return cannot(
      "kernelstub-no-loader",
      `${configuration.value.path} has setup_loader off, so kernelstub writes no loader entry that could be checked`,
      "sudo kernelstub --loader --manage-only",
    );
  }
  if (!name.known) return cannot("kernelstub-unreadable", name.why);
  if (!esp.known)
    return cannot("esp-missing", esp.why, "mount the EFI system partition there (see /etc/fstab)");
  if (!loaderDefault.known) return cannot("kernelstub-unreadable", loaderDefault.why);
  if (!entries.known) return cannot("kernelstub-unreadable", entries.why);
  if (!state.rootUuid.known) {
    return cannot(
      "root-uuid",
      `${state.rootUuid.why}; kernelstub would write an entry without a root file system`,
    );
  }
  const entry = (id: string): LoaderEntry | undefined =>
    entries.value.find((candidate) => candidate.id === id);
  return {
    configuration: configuration.value,
    name: name.value,
    esp: esp.value,
    default: loaderDefault.value,
    entries: entries.value,
    current: entry(currentId(name.value)),
    old: entry(oldId(name.value)),
    rootUuid: state.rootUuid.value,
    hooks,
  };
}

/** What systemd-boot starts as things stand: one-shot variable, then default variable, then loader.conf. */
export function stagedBoot(state: HostState): Fact<NextBoot> {
  const facts = state.bootLoader.kernelstub;
  if (facts === undefined) return unknown("kernelstub is not installed on this host");
  if (!facts.esp.known) return facts.esp;
  if (!facts.loaderDefault.known) return facts.loaderDefault;
  if (!facts.entries.known) return facts.entries;
  const choice = chosenBy(facts.loaderDefault.value, facts.esp.value);
  if (choice === undefined)
    return unknown(`${facts.esp.value.mountPoint}/loader/loader.conf names no default entry`);
  const entry = facts.entries.value.find((candidate) => namesEntry(choice.pattern, candidate.id));
  if (entry === undefined) return unknown(`${choice.by} is ${choice.pattern}, but there is no such entry`);
  const old = facts.name.known
    ? facts.entries.value.find(({ id }) => facts.name.known && id === oldId(facts.name.value))
    : undefined;
  return known({
    loader: "kernelstub",
    release: releaseOf(entry, state.kernels),
    kernel: entry.image?.path ?? "missing",
    initrd: entry.initrd?.path ?? "missing",
    options: entry.options,
    rule: `systemd-boot starts ${entry.id}: ${choice.by}`,
    fallback:
      old === undefined ? unknown("there is no entry for an older kernel") : releaseOf(old, state.kernels),
  });
}

function chosenBy(setting: LoaderDefault, esp: EspFacts): { pattern: string; by: string } | undefined {
  if (setting.oneShot !== undefined)
    return { pattern: setting.oneShot, by: "the EFI variable LoaderEntryOneShot, for one boot" };
  if (setting.variable !== undefined)
    return { pattern: setting.variable, by: "the EFI variable LoaderEntryDefault" };
  if (setting.configured === undefined) return undefined;
  return { pattern: setting.configured, by: `the default of ${esp.mountPoint}/loader/loader.conf` };
}

/** The release whose image in /boot has the same bytes as the entry's copy. */
function releaseOf(entry: LoaderEntry, kernels: HostState["kernels"]): Fact<string> {
  if (entry.image === undefined) return unknown(`the image that ${entry.id} names is not on the ESP`);
  if (!kernels.known) return kernels;
  const twin = kernels.value.find((kernel) => sameBytes(kernel.image, entry.image));
  return twin === undefined
    ? unknown(`${entry.image.path} is a copy of no kernel that is in /boot now`)
    : known(twin.release);
}

function sameBytes(a: BootFile | undefined, b: BootFile | undefined): boolean {
  return (
    a?.sha256?.known === true && b?.sha256?.known === true && a.size > 0 && a.sha256.value === b.sha256.value
  );
}

// --- What is to change ---------------------------------------------------------------------------------------

type Difference = { readonly changes: readonly Change[]; readonly unchanged: readonly Unchanged[] };

function releaseChange(stub: Stub, input: LoaderInput, before: Fact<NextBoot>): Difference {
  const { release } = input.wish;
  if (release === undefined) return { changes: [], unchanged: [] };
  const staged = before.known && before.value.release.known ? before.value.release.value : null;
  const change = (reason: string): Difference => ({
    changes: [
      {
        address: "kernel.release",
        action: "update",
        before: staged,
        after: release,
        reason,
        effect: "next-boot",
      },
    ],
    unchanged: [],
  });
  if (staged === null) return change(`what boots next is unknown: ${whyUnknown(before)}`);
  if (staged !== release) return change(`the next boot would start ${staged}`);
  const kernel = input.kernels.find((candidate) => candidate.release === release);
  if (!sameBytes(kernel?.initrd, stub.current?.initrd))
    return change("the ESP has an older initrd of it than /boot");
  if (input.packagesChange && stub.hooks.length > 0 && newestPair(input.kernels).newest !== release) {
    return change("installing the packages makes kernelstub's hook choose another kernel");
  }
  return { changes: [], unchanged: [{ address: "kernel.release", reason: `${release} is what boots next` }] };
}

/** Declared options that are right in the configuration, but not yet on the line of the entry that boots next. */
function unstagedChanges(stub: Stub, declared: DeclaredOptions, configured: readonly OptionEdit[]): Change[] {
  const edited = new Set(configured.map((edit) => edit.key));
  const staged = mergeOptions(splitLine(stub.current?.options ?? ""), declared).edits;
  return staged
    .filter((edit) => !edited.has(edit.key))
    .map((edit) =>
      optionChange(
        edit,
        "right in kernelstub's configuration, but not on the line of the entry that boots next",
      ),
    );
}

function optionChange({ key, action, before, after }: OptionEdit, reason: string): Change {
  return { address: `kernelOptions.${key}`, action, before, after, reason, effect: "next-boot" };
}

function keptOptions(wish: BootWish, changes: readonly Change[]): Unchanged[] {
  const changed = new Set(changes.map((change) => change.address));
  const kept = (key: string, reason: string): Unchanged[] =>
    changed.has(`kernelOptions.${key}`) ? [] : [{ address: `kernelOptions.${key}`, reason }];
  return [
    ...declaredKeys(wish.options?.present ?? []).flatMap(({ key }) => kept(key, "configured and staged")),
    ...(wish.options?.absent ?? []).flatMap((key) => kept(key, "neither configured nor staged")),
  ];
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
  const write: DraftStep = {
    stage: "options",
    kind: "writeFile",
    title: "write kernelstub's kernel options",
    serves: optionAddresses,
    path: CONFIGURATION,
    content: withOptions(configuration.text, options),
    ...(configuration.file === undefined ? {} : { before: configuration.text }),
    expect:
      configuration.file === undefined
        ? { kind: "absent" }
        : {
            kind: "file",
            sha256: createHash("sha256").update(configuration.text).digest("hex"),
            ...configuration.file,
          },
  };
  const run: DraftStep = {
    stage: "loader",
    kind: "exec",
    title: `let kernelstub copy ${release} to the ESP and write its entry`,
    serves,
    argv: [
      "kernelstub",
      "--verbose",
      "--kernel-path",
      `/boot/vmlinuz-${release}`,
      "--initrd-path",
      `/boot/initrd.img-${release}`,
    ],
    inputs: [],
    touches: [
      CONFIGURATION,
      `${stub.esp.mountPoint}/loader/loader.conf`,
      `${stub.esp.mountPoint}/loader/entries/${currentId(stub.name)}.conf`,
      `${stub.esp.mountPoint}/loader/entries/${oldId(stub.name)}.conf`,
    ],
    timeoutSeconds: TIMEOUT_SECONDS,
  };
  return sameList ? [run] : [write, run];
}

// --- What boots then -----------------------------------------------------------------------------------------

/** The line that kernelstub writes. */
function lineFor(stub: Stub, options: readonly string[]): string {
  return ["root=UUID=" + stub.rootUuid, "ro", ...options].join(" ");
}

function stagedByUs(
  stub: Stub,
  release: string,
  options: readonly string[],
  fallback: Fact<string>,
): NextBoot {
  const folder = `${stub.esp.mountPoint}/EFI/${stub.name}-${stub.rootUuid}`;
  return {
    loader: "kernelstub",
    release: known(release),
    kernel: `${folder}/vmlinuz.efi`,
    initrd: `${folder}/initrd.img`,
    options: lineFor(stub, options),
    rule: `systemd-boot starts ${currentId(stub.name)}, which kernelstub fills with the kernel that hostcfg names by path`,
    fallback,
  };
}

/** Nothing is asked of kernelstub, but its hook runs when the packages are installed. */
function afterHooks(
  stub: Stub,
  input: LoaderInput,
  before: Fact<NextBoot>,
  newest: string | undefined,
): Fact<NextBoot> {
  if (stub.hooks.length === 0 || newest === undefined) return before;
  return known({
    ...stagedByUs(stub, newest, stub.configuration.options, fallbackOf(stub, input)),
    rule: `kernelstub's hook takes the newest complete pair in /boot by Debian version order: ${newest}`,
  });
}

function fallbackOf(stub: Stub, input: LoaderInput): Fact<string> {
  return stub.old === undefined
    ? unknown("there is no entry for an older kernel")
    : releaseOf(stub.old, input.state.kernels);
}

/**
 * What `<Name>-oldkern` will hold: kernelstub always copies the second newest pair there, and leaves the entry as
 * it is when that one is the kernel that it was told to start.
 */
function fallbackAfter(stub: Stub, input: LoaderInput, chosen: Choice, target: string): Fact<string> {
  const byHook = input.packagesChange && stub.hooks.length > 0;
  if (chosen.previous !== undefined && (byHook || chosen.previous !== target)) return known(chosen.previous);
  return fallbackOf(stub, input);
}

type Choice = ReturnType<typeof newestPair>;

// --- What is wrong with it -----------------------------------------------------------------------------------

function crash(release: string | undefined): Diagnostic[] {
  if (release === undefined) return [];
  return [
    problem(
      "kernelstub-would-crash",
      `/boot holds the kernel ${release}, whose name is no Debian version: kernelstub dies on it`,
      `move vmlinuz-${release} and initrd.img-${release} out of /boot, or remove their package`,
    ),
  ];
}

function lineLength(line: string, stub: Stub): Diagnostic[] {
  // systemd-boot puts the initrd in front of the line of a type #1 entry.
  const injected = `initrd=\\EFI\\${stub.name}-${stub.rootUuid}\\initrd.img `;
  const bytes = Buffer.byteLength(injected + line);
  if (bytes <= MOST_LINE_BYTES) return [];
  return [
    problem(
      "option-line-too-long",
      `the option line would have ${bytes} bytes; an x86 kernel reads at most ${MOST_LINE_BYTES} and drops the rest`,
      "remove options, or declare some absent",
    ),
  ];
}

function otherDefault(stub: Stub): Diagnostic[] {
  const ours = currentId(stub.name);
  const choice = chosenBy(stub.default, stub.esp);
  // Without a loader.conf kernelstub writes one that names its own entry.
  if (choice === undefined || namesEntry(choice.pattern, ours)) return [];
  const remedy =
    stub.default.oneShot !== undefined
      ? 'sudo bootctl set-oneshot ""'
      : stub.default.variable !== undefined
        ? 'sudo bootctl set-default ""'
        : `set "default ${ours}" in ${stub.esp.mountPoint}/loader/loader.conf`;
  return [
    problem(
      "not-the-default-entry",
      `the next boot would not start what kernelstub writes: ${choice.by} is ${choice.pattern}, not ${ours}`,
      remedy,
    ),
  ];
}

/** kernelstub overwrites in place, so a full ESP leaves a truncated kernel: what is missing must be known before. */
function room(stub: Stub, input: LoaderInput, target: string): Diagnostic[] {
  if (!stub.esp.freeBytes.known) return [];
  const kernel = input.kernels.find(({ release }) => release === target);
  const guess = kernel?.expected === true;
  const sizes = guess
    ? largest(input.kernels)
    : { image: kernel?.image?.size ?? 0, initrd: kernel?.initrd?.size ?? 0 };
  const growth =
    Math.max(0, sizes.image - (stub.current?.image?.size ?? 0)) +
    Math.max(0, sizes.initrd - (stub.current?.initrd?.size ?? 0));
  const free = stub.esp.freeBytes.value;
  if (growth <= free) return [];
  const text = `${stub.esp.mountPoint} has ${mebibytes(free)} free; the copies of ${target} need ${guess ? "about " : ""}${mebibytes(growth)} more`;
  const hint = `free space on ${stub.esp.mountPoint}, or make the initrd smaller (MODULES=dep, COMPRESS=zstd)`;
  return [{ ...problem("esp-space", text, hint), severity: guess ? "warning" : "error" }];
}

function largest(kernels: readonly KernelFact[]): { image: number; initrd: number } {
  return {
    image: Math.max(0, ...kernels.map((kernel) => kernel.image?.size ?? 0)),
    initrd: Math.max(0, ...kernels.map((kernel) => kernel.initrd?.size ?? 0)),
  };
}

function lasting(stub: Stub, input: LoaderInput, chosen: Choice): Diagnostic[] {
  const { release } = input.wish;
  if (
    release === undefined ||
    chosen.newest === undefined ||
    chosen.newest === release ||
    stub.hooks.length === 0
  )
    return [];
  return [
    {
      ...problem(
        "pin-not-lasting",
        `${release} boots next, but only until the next kernel or initramfs update: kernelstub's hooks then take ${chosen.newest}`,
        `run "hostcfg apply" after each such update, or remove the newer kernel: sudo apt purge linux-image-${chosen.newest}`,
      ),
      severity: "warning",
      detail:
        "kernelstub takes the newest complete pair in /boot by Debian version order; neither symlinks nor earlier --kernel-path arguments count.",
    },
  ];
}

function wayBack(after: NextBoot, target: string): Diagnostic[] {
  if (after.fallback.known && after.fallback.value !== target) return [];
  const has = after.fallback.known
    ? `its entry for an older kernel will also hold ${target}`
    : after.fallback.why;
  return [
    {
      ...problem(
        "no-fallback",
        `the boot menu will offer no other kernel than ${target}: ${has}`,
        "keep a live USB stick at hand for this reboot",
      ),
      severity: "warning",
    },
  ];
}

function firmwareEntry(configuration: KernelstubConfiguration): Diagnostic[] {
  if (configuration.manageMode) return [];
  return [
    {
      ...problem(
        "kernelstub-stub-mode",
        "kernelstub is not in manage mode: each run deletes and adds the firmware's boot entry and puts it first",
        "sudo kernelstub --manage-only",
      ),
      severity: "warning",
    },
  ];
}

function noKernel(): Diagnostic {
  return problem(
    "no-bootable-kernel",
    "/boot holds no kernel with its initrd that kernelstub could be given",
    "declare kernel.release and its packages",
  );
}

function problem(code: string, summary: string, hint?: string): Diagnostic {
  return { severity: "error", code, summary, ...(hint === undefined ? {} : { hint }) };
}

function cannot(code: string, summary: string, hint?: string): { problems: Diagnostic[] } {
  return { problems: [problem(code, summary, hint)] };
}

function knownOr(boot: Fact<NextBoot>, otherwise: string | undefined): string | undefined {
  return boot.known && boot.value.release.known ? boot.value.release.value : otherwise;
}

function whyUnknown(boot: Fact<NextBoot>): string {
  if (!boot.known) return boot.why;
  return boot.value.release.known ? "" : boot.value.release.why;
}

function mebibytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}
