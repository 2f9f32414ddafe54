import { END_OF_KERNEL_OPTIONS, parseOption, sameOption } from "../cmdline.ts";

/**
 * Options that the kernel (or systemd, or dracut) reads every time they appear, instead of keeping the last one
 * (Documentation/admin-guide/kernel-parameters.txt; kernel-command-line(7); dracut.cmdline(7)). For these a
 * declared value stands beside the others; for all other names it takes their place.
 */
const REPEATABLE = new Set([
  "acpi_osi",
  "console",
  "crashkernel",
  "dyndbg",
  "earlycon",
  "hugepagesz",
  "initcall_blacklist",
  "ip",
  "ivrs_acpihid",
  "ivrs_hpet",
  "ivrs_ioapic",
  "memmap",
  "module_blacklist",
  "modprobe.blacklist",
  "pci",
  "systemd.mask",
  "systemd.setenv",
  "systemd.wants",
  "video",
]);

export function isRepeatable(name: string): boolean {
  return REPEATABLE.has(name) || name.startsWith("rd.");
}

export interface DeclaredOptions {
  readonly present: readonly string[];
  readonly absent: readonly string[];
}

export interface OptionEdit {
  /** Names the option in a change's address: its name, or the whole option where the name may repeat. */
  readonly key: string;
  readonly action: "create" | "update" | "delete";
  /** As spelled on the line, several joined by a blank. */
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * What cannot be taken apart: one option, or a `hugepagesz=` with its number, the next `hugepages=` on the line,
 * wherever that stands (kernel-parameters.txt).
 */
export interface Unit {
  readonly key: string;
  readonly spellings: readonly string[];
}

/** One option on a line, with the unit that it is a part of. */
interface Token {
  readonly spelling: string;
  readonly unit: Unit;
}

/**
 * The line that has all of `present` and none of `absent` with the fewest edits: options that nobody declared
 * keep their order and spelling, a replaced value keeps its place, new options come last. What stands behind
 * `--` is init's and is not touched.
 */
export function mergeOptions(
  current: readonly string[],
  declared: DeclaredOptions,
): { options: string[]; edits: OptionEdit[] } {
  const end = current.indexOf(END_OF_KERNEL_OPTIONS);
  const inits = end === -1 ? [] : current.slice(end);
  let line = tokensOf(end === -1 ? current : current.slice(0, end));
  const edits: OptionEdit[] = [];

  for (const spelling of declared.absent) {
    const gone = new Set(
      line.filter((token) => matchesAbsent(token.spelling, spelling)).map(({ unit }) => unit),
    );
    if (gone.size === 0) continue;
    edits.push({ key: spelling, action: "delete", before: textOf(gone), after: null });
    // What a number counts for may be another size now.
    line = tokensOf(line.filter(({ unit }) => !gone.has(unit)).map(({ spelling }) => spelling));
  }
  for (const wanted of declaredUnits(declared.present)) {
    const rivals = new Set(line.map(({ unit }) => unit).filter((unit) => unit.key === wanted.key));
    if (rivals.size > 0 && [...rivals].every((unit) => holds(unit, wanted) || saysToo(unit, wanted)))
      continue;
    if (rivals.size === 0 && inLists(line, wanted)) continue;
    const action = rivals.size === 0 ? "create" : "update";
    edits.push({ key: wanted.key, action, before: textOf(rivals), after: textOf([wanted]) });
    line = rivals.size === 0 ? withNew(line, wanted) : withReplaced(line, rivals, wanted);
  }
  return { options: [...line.map(({ spelling }) => spelling), ...inits], edits };
}

/**
 * The line without these units, each at its last place in the kernel's part, and those that were there. A unit that
 * holds more or something else by now is another one.
 */
export function withoutUnits(
  current: readonly string[],
  unwanted: readonly Unit[],
): { options: string[]; removed: Unit[] } {
  const end = current.indexOf(END_OF_KERNEL_OPTIONS);
  const inits = end === -1 ? [] : current.slice(end);
  let line = tokensOf(end === -1 ? current : current.slice(0, end));
  const removed = unwanted.filter((one) => {
    const there = line.findLast(({ unit }) => isSameUnit(unit, one))?.unit;
    line = line.filter(({ unit }) => unit !== there);
    return there !== undefined;
  });
  return { options: [...line.map(({ spelling }) => spelling), ...inits], removed };
}

export function isSameUnit(a: Unit, b: Unit): boolean {
  return a.key === b.key && a.spellings.length === b.spellings.length && holds(a, b);
}

/** The declared options in the units that {@link mergeOptions} edits; the key is that of a change's address. */
export function declaredUnits(present: readonly string[]): Unit[] {
  return [...new Set(tokensOf(present).map(({ unit }) => unit))];
}

/**
 * New units come last, but a lone `hugepages=` counts for the size before it on the line: it is the default
 * size's only in front of every `hugepagesz=`.
 */
function withNew(line: readonly Token[], wanted: Unit): Token[] {
  const isSize = ({ spelling }: Token): boolean => parseOption(spelling).name === "hugepagesz";
  const at = wanted.key === "hugepages" ? line.findIndex(isSize) : -1;
  return line.toSpliced(at === -1 ? line.length : at, 0, ...tokensIn(wanted));
}

function withReplaced(line: readonly Token[], rivals: ReadonlySet<Unit>, wanted: Unit): Token[] {
  const first = line.findIndex(({ unit }) => rivals.has(unit));
  return line.flatMap((token, at) => {
    if (at === first) return tokensIn(wanted);
    return rivals.has(token.unit) ? [] : [token];
  });
}

function tokensIn(unit: Unit): Token[] {
  return unit.spellings.map((spelling) => ({ spelling, unit }));
}

function tokensOf(options: readonly string[]): Token[] {
  let size: { key: string; spellings: string[] } | undefined;
  return options
    .filter((spelling) => spelling !== "")
    .map((spelling) => {
      const { name, value } = parseOption(spelling);
      const key = isRepeatable(name) ? optionKey(name, value) : name;
      if (name === "hugepages" && size !== undefined) {
        if (size.spellings.length > 1)
          return { spelling, unit: { key: IGNORED_NUMBER, spellings: [spelling] } };
        size.spellings.push(spelling);
        return { spelling, unit: size };
      }
      const unit = { key, spellings: [spelling] };
      if (name === "hugepagesz") size = unit;
      return { spelling, unit };
    });
}

/** A second number for one size: the kernel warns and ignores it (mm/hugetlb.c), so it is nobody's rival. */
const IGNORED_NUMBER = "hugepages ignored";

function optionKey(name: string, value: string | undefined): string {
  return value === undefined ? name : `${name}=${value}`;
}

/** A declared page size without a number is content with any number. */
function holds(there: Unit, wanted: Unit): boolean {
  return wanted.spellings.every((option, at) => sameOption(option, there.spellings[at] ?? ""));
}

/** Of these, the kernel reads each item of each list that the line has, so one in a longer list is there. */
const LISTS = new Set(["pci", "module_blacklist", "modprobe.blacklist", "initcall_blacklist"]);

function inLists(line: readonly Token[], wanted: Unit): boolean {
  const { name, value } = parseOption(wanted.spellings[0] ?? "");
  if (!LISTS.has(name) || value === undefined) return false;
  const items = line.map(({ spelling }) => parseOption(spelling)).filter((option) => option.name === name);
  const there = new Set(items.flatMap((option) => option.value?.split(",") ?? []));
  return value.split(",").every((item) => there.has(item));
}

/**
 * Lists whose items may take one another back, the last one wins: iommu_setup (arch/x86/kernel/pci-dma.c),
 * intel_iommu_setup and parse_amd_iommu_options.
 */
const OPPOSITES: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  [
    "amd_iommu",
    [
      ["on", "off"],
      ["pgtbl_v1", "pgtbl_v2"],
    ],
  ],
  [
    "intel_iommu",
    [
      ["on", "off"],
      ["sm_on", "sm_off"],
    ],
  ],
  [
    "iommu",
    [
      ["off", "force", "noforce"],
      ["pt", "nopt"],
      ["merge", "nomerge"],
      ["panic", "nopanic"],
    ],
  ],
]);

/** Whether such a list says what is wanted, and maybe more. */
function saysToo(there: Unit, wanted: Unit): boolean {
  const [one, other] = [there, wanted].map(({ spellings }) => parseOption(spellings[0] ?? ""));
  const opposites = OPPOSITES.get(other?.name ?? "");
  if (opposites === undefined || one?.value === undefined || other?.value === undefined) return false;
  const items = one.value.split(",");
  return other.value.split(",").every((item) => {
    const last = items.lastIndexOf(item);
    const rivals = opposites.find((some) => some.includes(item)) ?? [];
    return last !== -1 && !items.slice(last + 1).some((later) => rivals.includes(later));
  });
}

/** `key` matches whatever its value, `key=value` that value only. */
function matchesAbsent(option: string, absent: string): boolean {
  const pattern = parseOption(absent);
  const { name, value } = parseOption(option);
  return name === pattern.name && (pattern.value === undefined || value === pattern.value);
}

function textOf(units: Iterable<Unit>): string | null {
  const spellings = [...units].flatMap((unit) => unit.spellings);
  return spellings.length === 0 ? null : spellings.join(" ");
}
