import type { DraftStep } from "../../boot/loader.ts";
import { removeText, writeText } from "../../boot/write-text.ts";
import { parseOption, sameOption } from "../../cmdline.ts";
import { IN_INITRD, MODPROBE_FILE, RULES_FILE, SCRIPT_FILE, VFIO_FILES } from "../../facts/vfio-files.ts";
import type {
  Change,
  Diagnostic,
  DiagnosticCode,
  InitramfsFacts,
  PciDevice,
  TextFile,
  Unchanged,
  VfioFacts,
} from "../../model/index.ts";
import type { NamedDevice } from "../../pci/named-devices.ts";
import { resolveDevices } from "../../pci/named-devices.ts";
import type { ConcernInput, ConcernResult } from "../concern.ts";
import type { OwnedFile } from "./files.ts";
import { BINDING } from "./files.ts";
import type { Means } from "./means.ts";
import { chooseMeans, idsOf } from "./means.ts";
import { notToGive } from "./not-to-give.ts";
import { preflight } from "./preflight.ts";
import { problemAt } from "../problem-at.ts";

/**
 * `vfio.devices`: bound to vfio-pci from boot on, all functions of their slots, by the means that works on this host:
 * ids in modprobe.d and the initrd, ids on the kernel's line where vfio-pci is inside of the kernel, and an address in a
 * script of the initramfs where an id would take too much or come too late.
 */
export function vfio(input: ConcernInput): ConcernResult {
  const { spec, state } = input;
  if (spec.vfio === undefined || state.vfio === undefined) return {};
  const facts = state.vfio;
  if (!state.pci.known) return { diagnostics: [problem("vfio-unknown", state.pci.why)] };
  const { byName } = resolveDevices(spec.devices ?? {}, state.pci.value);
  const wanted = spec.vfio.devices.flatMap((name) => byName.get(name) ?? []);
  // A device that cannot be found is an error of its own, and the others must not be bound without it.
  if (wanted.length < spec.vfio.devices.length) return {};
  const problems = [...notToGive(spec, wanted), ...impossible(input, facts, wanted)];
  if (problems.length > 0) return { diagnostics: problems };
  return bind(input, facts, wanted, state.pci.value);
}

function bind(
  input: ConcernInput,
  facts: VfioFacts,
  wanted: readonly NamedDevice[],
  all: readonly PciDevice[],
): ConcernResult {
  const drivers = facts.drivers.known ? facts.drivers.value : {};
  // A kernel that is yet to be installed has it as a module, as distributions build it; afterwards it is looked at.
  const vfioPci = drivers["vfio_pci"] ?? "module";
  const means = chooseMeans(
    wanted.map(({ functions }) => functions),
    all,
    facts,
  );
  const { generator } = input.state.initramfs;
  const binding = generator.known ? BINDING[generator.value] : undefined;
  const cannot = binding?.cannot(means, facts.devices) ?? [];
  if (generator.known && cannot.length > 0)
    return { diagnostics: cannot.map((one) => notByAddress(one, generator.value)) };
  const files = binding?.files(means, vfioPci, facts.devices) ?? [];
  const present = facts.files.known ? facts.files.value : [];
  const steps = fileSteps(files, present, wanted);
  const staged = unstaged(input, facts, files, steps.length > 0);
  const reason = steps.length > 0 ? reasonOf(steps) : staged;
  const addresses = wanted.map(({ name }) => addressOf(name));
  const optionIds = vfioPci === "built-in" ? idsOf(means.byId) : [];
  return {
    ...(reason === undefined
      ? { unchanged: wanted.map((device) => unchanged(device, means)) }
      : {
          changes:
            wanted.length === 0 ? [goneChange(reason)] : wanted.map((one) => change(one, means, reason)),
        }),
    steps: steps.map((step) => ({ ...step, serves: wanted.length === 0 ? [NONE] : addresses })),
    ...(reason === undefined || !builtHere(input, facts)
      ? {}
      : { initrd: { why: reason, serves: wanted.length === 0 ? [NONE] : addresses } }),
    ...(optionIds.length === 0
      ? {}
      : { wish: { options: { present: [`vfio-pci.ids=${optionIds.join(",")}`], absent: [] } } }),
    diagnostics: [
      ...preflight(input, facts, wanted, means),
      ...idsByHand(input.spec, idsOf(means.byId), vfioPci === "built-in"),
      ...(reason === undefined && builtHere(input, facts) ? unreadInitrd(facts, files) : []),
    ],
  };
}

const IDS_OPTION = "vfio_pci.ids";

/** The kernel's line counts more than modprobe.d (kmod puts its options last), and of two lists on it the last counts. */
function idsByHand(
  { kernelOptions = {} }: ConcernInput["spec"],
  ids: readonly string[],
  builtIn: boolean,
): Diagnostic[] {
  if (ids.length === 0) return [];
  const { present = [], absent = [] } = kernelOptions;
  const own = `vfio-pci.ids=${ids.join(",")}`;
  const rival = (list: "present" | "absent", index: number, spelling: string): Diagnostic => ({
    severity: "error",
    code: "option-two-values",
    summary: `kernelOptions.${list} has ${spelling}, but vfio.devices needs ${own}: the kernel keeps one list`,
    hint: "take it out there: vfio.devices alone says which devices are bound",
    specPath: ["kernelOptions", list, index],
  });
  return [
    ...present.flatMap((spelling, index) =>
      parseOption(spelling).name === IDS_OPTION && !sameOption(spelling, own)
        ? [rival("present", index, spelling)]
        : [],
    ),
    ...absent.flatMap((spelling, index) =>
      builtIn && parseOption(spelling).name === IDS_OPTION ? [rival("absent", index, spelling)] : [],
    ),
  ];
}

const NONE = "vfio";

/** The hooks of a kernel package that is installed by this plan make its initrd, from the files written before. */
function builtHere({ kernels }: ConcernInput, { release: judged }: VfioFacts): boolean {
  return kernels.find(({ release }) => judged.known && release === judged.value)?.expected !== true;
}

// --- What stands in the way ------------------------------------------------------------------------------------

/** Of makers that hostcfg does not drive: the one that is here, else both. */
function byHand({ undriven }: InitramfsFacts, ids: string): string {
  const [file, line] = ["/etc/dracut.conf.d/vfio.conf with", '  force_drivers+=" vfio-pci "'];
  const lines =
    undriven === "dracut"
      ? [`by hand: ${file}`, line, '  install_items+=" /etc/modprobe.d/vfio.conf "']
      : [
          `by hand, with dracut: ${file}`,
          line,
          "with mkinitcpio: MODULES=(vfio_pci vfio vfio_iommu_type1 …) in /etc/mkinitcpio.conf, before the graphics drivers",
        ];
  const again = {
    dracut: "sudo dracut-rebuild on EndeavourOS",
    mkinitcpio: "sudo mkinitcpio -P",
  };
  const programs =
    undriven === "dracut" || undriven === "mkinitcpio" ? [again[undriven]] : Object.values(again);
  return [
    ...lines,
    `and in /etc/modprobe.d/vfio.conf: options vfio-pci ids=${ids}`,
    `then have the initrds made again (${programs.join(", or ")})`,
  ].join("\n");
}

function notByAddress({ device, why }: Means["byAddress"][number], by: string): Diagnostic {
  return problem(
    "vfio-initramfs",
    `${device.address} has to be bound by address, for ${why}, and hostcfg cannot do that in an initrd of ${by}`,
    "hostcfg binds by id here: that needs a device whose id no device of the host's has, and whose driver is a module",
  );
}

function impossible(
  { spec, state }: ConcernInput,
  facts: VfioFacts,
  wanted: readonly NamedDevice[],
): Diagnostic[] {
  if (!facts.files.known) return [problem("vfio-unknown", facts.files.why)];
  if (!state.initramfs.generator.known) {
    if (wanted.length === 0) return [];
    const ids = idsOf(wanted.flatMap(({ functions }) => functions)).join(",");
    return [
      problem(
        "vfio-initramfs",
        `vfio needs an initrd that hostcfg can make: ${state.initramfs.generator.why}`,
        byHand(state.initramfs, ids),
      ),
    ];
  }
  const { drivers } = facts;
  if (drivers.known && drivers.value["vfio_pci"] === "absent" && wanted.length > 0)
    return [
      problem(
        "vfio-driver-missing",
        `the kernel ${facts.release.known ? facts.release.value : ""} has no vfio-pci`,
        "declare a kernel.release that is built with CONFIG_VFIO_PCI",
      ),
    ];
  if (!drivers.known && facts.release.known && !isComing(spec, facts.release.value))
    return [problem("vfio-unknown", `whether vfio-pci is a module is unknown: ${drivers.why}`)];
  return [];
}

function isComing(spec: ConcernInput["spec"], release: string): boolean {
  return spec.kernel?.packages !== undefined && spec.kernel.release === release;
}

// --- What is to change -----------------------------------------------------------------------------------------

function fileSteps(
  files: readonly OwnedFile[],
  present: readonly TextFile[],
  wanted: readonly NamedDevice[],
): DraftStep[] {
  const names = wanted.map(({ name }) => name).join(", ");
  return VFIO_FILES.flatMap((path): DraftStep[] => {
    const file = files.find((one) => one.path === path);
    const there = present.find((one) => one.path === path);
    if (file !== undefined) {
      if (there?.text === file.content && there.mode === file.mode) return [];
      const { content, mode, title } = file;
      return [writeText({ stage: "sources", title, serves: [], path, content, mode }, there)];
    }
    if (there === undefined) return [];
    const title =
      names === ""
        ? `remove ${path}: nothing is bound any more`
        : `remove ${path}: no longer needed by ${names}`;
    return [removeText({ stage: "sources", title, serves: [], path }, there)];
  });
}

/** The files are right, and whether the initrd was made with them cannot be told. */
function unreadInitrd({ initrd }: VfioFacts, files: readonly OwnedFile[]): Diagnostic[] {
  if (initrd.known || files.every(({ leaves }) => leaves.length === 0)) return [];
  return [
    {
      ...problem(
        "vfio-unknown",
        `whether the initrd was made with what binds devices is unknown: ${initrd.why}`,
        "plan as root; where that says the same, make the initrd again in another compression, such as zstd",
      ),
      severity: "warning",
    },
  ];
}

/** Why the initrd does not do yet what the files say, where they are right. */
function unstaged(
  input: ConcernInput,
  facts: VfioFacts,
  files: readonly OwnedFile[],
  rewritten: boolean,
): string | undefined {
  const { initrd } = facts;
  if (rewritten || !builtHere(input, facts) || !initrd.known) return undefined;
  const has = (text: string): boolean => initrd.value.some((name) => `/${name}`.includes(text));
  const lacks = files.flatMap(({ path, leaves }) =>
    leaves.filter((part) => !has(part)).map((part) => (part === IN_INITRD.module ? "vfio-pci" : path)),
  );
  if (lacks.length > 0) return `the initrd was made without ${lacks.join(" and ")}`;
  // A cut after the files were removed leaves an initrd that binds by them; the module alone may be somebody else's wish.
  const surplus = [MODPROBE_FILE, RULES_FILE, SCRIPT_FILE].filter(
    (path) => has(partOf(path)) && !files.some((file) => file.path === path),
  );
  return surplus.length === 0 ? undefined : `the initrd still holds ${surplus.join(" and ")}`;
}

function partOf(path: string): string {
  if (path === RULES_FILE) return IN_INITRD.rules;
  return path === SCRIPT_FILE ? IN_INITRD.script : IN_INITRD.modprobe;
}

function reasonOf(steps: readonly DraftStep[]): string {
  const missing = steps.flatMap((step) => (isWrite(step) && step.before === undefined ? [step.path] : []));
  const different = steps.flatMap((step) => (isWrite(step) && step.before !== undefined ? [step.path] : []));
  const surplus = steps.flatMap((step) => (step.kind === "remove" ? [step.path] : []));
  return [
    ...wordsFor(missing, "is missing", "are missing"),
    ...wordsFor(different, "differs from what the spec needs", "differ from what the spec needs"),
    ...wordsFor(surplus, "is not needed", "are not needed"),
  ].join("; ");
}

function isWrite(step: DraftStep): step is Extract<DraftStep, { kind: "writeFile" }> {
  return step.kind === "writeFile";
}

function wordsFor(paths: readonly string[], one: string, several: string): string[] {
  return paths.length === 0 ? [] : [`${paths.join(" and ")} ${paths.length === 1 ? one : several}`];
}

function change({ name, functions }: NamedDevice, means: Means, reason: string): Change {
  return {
    address: addressOf(name),
    action: functions.every(({ driver }) => driver === "vfio-pci") ? "update" : "create",
    before: functions.map(({ address, driver }) => `${address} ${driver ?? "no driver"}`).join(", "),
    after: `vfio-pci, ${meansOf(functions, means)}`,
    reason,
    effect: "next-boot",
  };
}

function goneChange(reason: string): Change {
  return {
    address: NONE,
    action: "delete",
    before: "devices bound to vfio-pci",
    after: null,
    reason,
    effect: "next-boot",
  };
}

function unchanged({ name, functions }: NamedDevice, means: Means): Unchanged {
  return { address: addressOf(name), reason: `bound to vfio-pci at boot ${meansOf(functions, means)}` };
}

function meansOf(functions: readonly PciDevice[], { byAddress }: Means): string {
  const found = byAddress.find(({ device }) => functions.includes(device));
  return found === undefined ? `by id ${idsOf(functions).join(",")}` : `by address: ${found.why}`;
}

export function addressOf(name: string): string {
  return `vfio.${name}`;
}

function problem(code: DiagnosticCode, summary: string, hint?: string): Diagnostic {
  return problemAt(["vfio"], code, summary, hint);
}
