/**
 * The kernel's command line grammar, as `next_arg` and `parameq` of the kernel (lib/cmdline.c, kernel/params.c)
 * read it: blanks separate, a double quote toggles "blanks are literal", nothing escapes.
 */

/** The most bytes of an option line on x86, without the NUL that ends it (COMMAND_LINE_SIZE is 2048). */
export const MOST_LINE_BYTES = 2047;

/** What ends the kernel's part of the line; the rest goes to init as it is. */
export const END_OF_KERNEL_OPTIONS = "--";

export interface KernelOption {
  /** The name with `-` as `_`, as the kernel compares names: `pcie-acs-override` is `pcie_acs_override`. */
  readonly name: string;
  /** Without the quotes around it; undefined for a flag (`quiet`), empty for `key=`. */
  readonly value: string | undefined;
}

/** Splits a line into options, each spelled as it stands there. */
export function splitLine(line: string): string[] {
  const options: string[] = [];
  let current = "";
  let quoted = false;
  for (const char of line) {
    if (!quoted && /\s/.test(char)) {
      if (current !== "") options.push(current);
      current = "";
      continue;
    }
    if (char === '"') quoted = !quoted;
    current += char;
  }
  if (current !== "") options.push(current);
  return options;
}

/** The options of a line that are the kernel's own: what follows `--` is for init. */
export function kernelWords(line: string): string[] {
  const words = splitLine(line);
  const end = words.indexOf(END_OF_KERNEL_OPTIONS);
  return end === -1 ? words : words.slice(0, end);
}

/**
 * One option as the kernel understands it. The quotes may stand around the value or around the whole option
 * (GRUB writes the latter): `a="b c"` and `"a=b c"` are the same.
 */
export function parseOption(spelling: string): KernelOption {
  const whole = spelling.startsWith('"');
  const bare = whole ? unquote(spelling) : spelling;
  const equals = bare.indexOf("=");
  if (equals <= 0) return { name: canonicalName(bare), value: undefined };
  const value = bare.slice(equals + 1);
  return {
    name: canonicalName(bare.slice(0, equals)),
    value: value.startsWith('"') ? unquote(value) : value,
  };
}

/** Whether the kernel cannot tell two spellings apart. */
export function sameOption(a: string, b: string): boolean {
  const [left, right] = [parseOption(a), parseOption(b)];
  return left.name === right.name && left.value === right.value;
}

/**
 * Options that a loader adds on its way to the kernel, so no file has them: GRUB names the image and, on Ubuntu, the
 * console that it leaves; an EFI loader names the initrd.
 */
const INJECTED = new Set(["BOOT_IMAGE", "initrd", "vt.handoff"]);

/** What loaders and their tools write themselves, into their files or on the way: never anybody else's to add or drop. */
const LOADERS_OWN = new Set([...INJECTED, "ro", "root", "rootflags", "systemd.machine_id"]);

/** Whether a boot loader or its tool writes this option itself. */
export function isLoadersOwn(option: string): boolean {
  return LOADERS_OWN.has(parseOption(option).name);
}

/** Marks the two lines of a trial; what stands behind it is only of that boot. The kernel passes over a module that is not there. */
export const MARK = "hostcfg.boot";
/** `before`: what booted before the trial; `trial`: what is tried. */
export type MarkedBoot = "before" | "trial";

/** What stands behind the options of one of the two lines: its mark, and options for that boot alone. */
export function markWith(boot: MarkedBoot, options: readonly string[]): string {
  return [`${MARK}=${boot}`, ...options].join(" ");
}

/** Of which boot of a trial the line is; undefined where it has no mark. */
export function markOf(line: string): MarkedBoot | undefined {
  const value = splitLine(line)
    .map(parseOption)
    .findLast(({ name }) => name === MARK)?.value;
  return value === "before" || value === "trial" ? value : undefined;
}

/** The line without the mark of a trial and what stands behind it, but for what loaders add. */
export function unmarked(line: string): string {
  const words = splitLine(line);
  const at = words.findIndex((word) => parseOption(word).name === MARK);
  if (at === -1) return line;
  return words.filter((word, index) => index < at || INJECTED.has(parseOption(word).name)).join(" ");
}

/** A line without what loaders and trials add to it, spelled so that equal texts are equal to the kernel. */
export function essenceOf(line: string): string {
  return splitLine(unmarked(line))
    .map(parseOption)
    .filter(({ name }) => !INJECTED.has(name))
    .map(({ name, value }) => `${name}=${value ?? ""}`)
    .join("\n");
}

/** The option of the out-of-tree ACS override patch. */
export const ACS_OVERRIDE = "pcie_acs_override";

/** Whether a list of options has one of this name. */
export function hasOption(options: readonly string[], name: string): boolean {
  return options.some((spelling) => parseOption(spelling).name === name);
}

function canonicalName(name: string): string {
  return name.replaceAll("-", "_");
}

function unquote(text: string): string {
  return text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined);
}
