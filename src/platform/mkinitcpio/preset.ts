/** An image that a preset has mkinitcpio(8) make. */
export interface PresetImage {
  /** Path of the image of its kernel, or its release. */
  readonly kernel: string;
  readonly image: string;
  /** Path of a unified kernel image that is made of it, or "". */
  readonly unified: string;
  /** File that is read in the place of /etc/mkinitcpio.conf and its drop-ins, or "". */
  readonly settings: string;
  /** mkinitcpio is given options of the preset's own. */
  readonly hasOptions: boolean;
}

type Value = string | readonly string[];

/** What bash takes as it stands: without escapes or expansion, printable. */
const WORD = String.raw`"([^"$\x60\\\x00-\x1f\x7f]*)"|'([^'\x00-\x1f\x7f]*)'|([\w./:@%+,-]+)`;
const END = String.raw`[ \t]*(?:[ \t]#.*)?$`;
const NOTHING = /^[ \t]*(?:#.*)?$/;
const TEXT = new RegExp(String.raw`^[ \t]*(\w+)=(?:${WORD})?${END}`);
const LIST = new RegExp(String.raw`^[ \t]*(\w+)=\(((?:[ \t]*(?:${WORD})(?=[ \t)]))*)[ \t]*\)${END}`);
/** Patterns of files, which mkinitcpio 41 no longer reads. */
const MICROCODE = /^[ \t]*(?:ALL|default|fallback)_microcode=\([\w./*? \t-]*\)[ \t]*$/;

/** Of each image, behind its name in PRESETS. `preset_…` are variables of mkinitcpio's own. */
const OF_AN_IMAGE =
  /^(?!preset_)[A-Za-z]\w*_(?:kver|kerneldest|config|image|uki|efi_image|cmdline|splash|options)$/;

/**
 * What a preset of mkinitcpio 41 has it make: a bash script that sets variables, of which only plain assignments are understood.
 *
 * @returns The images in the order in which they are made; or the number of the first line that only bash could understand.
 */
export function parsePreset(text: string): readonly PresetImage[] | { readonly notUnderstood: number } {
  const values = new Map<string, Value>();
  for (const [index, line] of text.split("\n").entries()) {
    if (NOTHING.test(line) || MICROCODE.test(line)) continue;
    const [name, value] = assignment(line) ?? [];
    if (name === undefined || value === undefined || !isPlain(name, value, values.get(name)))
      return { notUnderstood: index + 1 };
    values.set(name, value);
  }
  return imagesOf(values);
}

function assignment(line: string): readonly [name: string, value: Value] | undefined {
  const [, name, ...text] = TEXT.exec(line) ?? [];
  if (name !== undefined) return [name, text.join("")];
  const [, list, words = ""] = LIST.exec(line) ?? [];
  if (list === undefined) return undefined;
  return [list, [...words.matchAll(new RegExp(WORD, "g"))].map(([, ...word]) => word.join(""))];
}

/** To bash, a text that is given to a list is its first word. */
function isPlain(name: string, value: Value, before: Value | undefined): boolean {
  const isList = typeof value !== "string";
  if (name === "PRESETS") return isList && value.every((word) => OF_AN_IMAGE.test(`${word}_image`));
  if (!OF_AN_IMAGE.test(name) || (isList && !name.endsWith("_options"))) return false;
  return before === undefined || isList === (typeof before !== "string");
}

function imagesOf(values: ReadonlyMap<string, Value>): readonly PresetImage[] {
  const presets = values.get("PRESETS") ?? [];
  if (typeof presets === "string") return [];
  return presets.flatMap((preset) => {
    const own = (what: string): Value | undefined => values.get(`${preset}_${what}`);
    const text = (value: Value | undefined): string => (typeof value === "string" ? value : "");
    const orOfAll = (what: string): string => text(own(what)) || text(values.get(`ALL_${what}`));
    const made = {
      kernel: orOfAll("kver"),
      image: text(own("image")),
      unified: text(own("uki") ?? own("efi_image")),
      settings: orOfAll("config"),
      hasOptions: (own("options") ?? "").length > 0,
    };
    const isSkipped = made.kernel === "" || (made.image === "" && made.unified === "");
    return isSkipped ? [] : [made];
  });
}
