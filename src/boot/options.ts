import { END_OF_KERNEL_OPTIONS, parseOption, sameOption } from "./cmdline.ts";

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
 * What cannot be taken apart: one option, or `hugepagesz=` with the `hugepages=` behind it, whose order on the
 * line is their meaning.
 */
interface Unit {
  readonly key: string;
  readonly spellings: readonly string[];
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
  const kernels = end === -1 ? current : current.slice(0, end);
  const inits = end === -1 ? [] : current.slice(end);
  let units = unitsOf(kernels);
  const edits: OptionEdit[] = [];

  for (const spelling of declared.absent) {
    const gone = units.filter((unit) => unit.spellings.some((option) => matchesAbsent(option, spelling)));
    if (gone.length === 0) continue;
    units = units.filter((unit) => !gone.includes(unit));
    edits.push({ key: spelling, action: "delete", before: lineOf(gone), after: null });
  }
  for (const wanted of unitsOf(declared.present)) {
    const rivals = units.filter((unit) => unit.key === wanted.key);
    if (rivals.length > 0 && rivals.every((unit) => sameUnit(unit, wanted))) continue;
    const after = lineOf([wanted]);
    const [first] = rivals;
    if (first === undefined) {
      units = withNew(units, wanted);
      edits.push({ key: wanted.key, action: "create", before: null, after });
    } else {
      units = units.flatMap((unit) => (unit === first ? [wanted] : rivals.includes(unit) ? [] : [unit]));
      edits.push({ key: wanted.key, action: "update", before: lineOf(rivals), after });
    }
  }
  return { options: [...units.flatMap((unit) => unit.spellings), ...inits], edits };
}

/**
 * New units come last, but a lone `hugepages=` counts for the size before it on the line: it is the default
 * size's only in front of every `hugepagesz=` (kernel-parameters.txt).
 */
function withNew(units: readonly Unit[], wanted: Unit): Unit[] {
  const isSized = (unit: Unit): boolean => parseOption(unit.spellings[0] ?? "").name === "hugepagesz";
  const at = wanted.key === "hugepages" ? units.findIndex(isSized) : -1;
  return at === -1 ? [...units, wanted] : units.toSpliced(at, 0, wanted);
}

/** The declared options in the units that {@link mergeOptions} edits, for telling what is already there. */
export function declaredKeys(present: readonly string[]): { key: string; spellings: readonly string[] }[] {
  return unitsOf(present);
}

function unitsOf(options: readonly string[]): Unit[] {
  const units: Unit[] = [];
  for (let at = 0; at < options.length; at++) {
    const spelling = options[at] ?? "";
    if (spelling === "") continue;
    const next = options[at + 1];
    const { name, value } = parseOption(spelling);
    if (name === "hugepagesz" && next !== undefined && parseOption(next).name === "hugepages") {
      units.push({ key: `${name}=${value ?? ""}`, spellings: [spelling, next] });
      at++;
    } else {
      units.push({ key: isRepeatable(name) ? optionKey(name, value) : name, spellings: [spelling] });
    }
  }
  return units;
}

function optionKey(name: string, value: string | undefined): string {
  return value === undefined ? name : `${name}=${value}`;
}

/** A declared page size without a number is content with any number. */
function sameUnit(there: Unit, wanted: Unit): boolean {
  return wanted.spellings.every((option, at) => sameOption(option, there.spellings[at] ?? ""));
}

/** `key` matches whatever its value, `key=value` that value only. */
function matchesAbsent(option: string, absent: string): boolean {
  const pattern = parseOption(absent);
  const { name, value } = parseOption(option);
  return name === pattern.name && (pattern.value === undefined || value === pattern.value);
}

function lineOf(units: readonly Unit[]): string {
  return units.flatMap((unit) => unit.spellings).join(" ");
}
