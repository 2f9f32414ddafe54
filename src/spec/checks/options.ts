import { MOST_LINE_BYTES, parseOption } from "../../cmdline.ts";
import { itemsAt, isString } from "../document.ts";
import type { Placed } from "../document.ts";
import type { Finding, Problem } from "../problem.ts";
import { shown, shownPath } from "../shown.ts";
import type { Check } from "./check.ts";

const PRESENT = ["kernelOptions", "present"] as const;
const ABSENT = ["kernelOptions", "absent"] as const;

function optionsAt(document: unknown, list: typeof PRESENT | typeof ABSENT): Placed<string>[] {
  return itemsAt(document, list).filter(isString);
}

/** Characters, quotes and blanks: what the kernel would read as one option and as this one. */
export const optionTexts: Check = function* (document) {
  for (const option of [...optionsAt(document, PRESENT), ...optionsAt(document, ABSENT)]) {
    const problem = problemOfText(option);
    if (problem !== undefined) yield { ...problem, path: option.path, at: "value" };
  }
};

function problemOfText({ path, value }: Placed<string>): Problem | undefined {
  if (/[\r\n]/u.test(value)) {
    return {
      code: "option-character",
      summary: `${shownPath(path)} has a line break`,
      hint: "write one option per list item, without | or >",
    };
  }
  const odd = /[^\x20-\x7e]/u.exec(value)?.[0];
  if (odd !== undefined) {
    return {
      code: "option-character",
      summary: `${shownPath(path)} has the character ${shown(odd)}`,
      hint: "an option is printable ASCII; check for a quote, dash or blank that was pasted from a web page",
    };
  }
  const pieces = value.split('"');
  if (pieces.length % 2 === 0) {
    return {
      code: "option-quote",
      summary: `${shownPath(path)} has a double quote that is not closed`,
      hint: 'put both quotes around the part with blanks: key="a b"',
    };
  }
  if (pieces.some((piece, index) => index % 2 === 0 && piece.includes(" "))) {
    return {
      code: "option-blank",
      summary: `${shownPath(path)} has a blank outside of double quotes: the kernel would read several options`,
      hint: `write one option per list item${splitHint(value)}`,
    };
  }
  return undefined;
}

function splitHint(value: string): string {
  if (value.includes('"') || value.length > 200) return "";
  const options = value.split(" ").filter((option) => option !== "");
  return `: ${options.map((option) => `- ${option}`).join("  ")}`;
}

/** `--` hands the rest of the line to init (parse_args() in kernel/params.c). */
export const noSeparator: Check = function* (document) {
  for (const { path, value } of [...optionsAt(document, PRESENT), ...optionsAt(document, ABSENT)]) {
    if (value !== "--" && value !== '"--"') continue;
    yield {
      code: "option-separator",
      summary: `${shownPath(path)} is --, which ends the kernel's own options`,
      hint: "remove it; arguments for init are not managed",
      path,
      at: "value",
    };
  }
};

/** The declared options alone must fit; with those of the host together the planner counts again. */
export const optionsFit: Check = function* (document) {
  const line = optionsAt(document, PRESENT).map((option) => option.value);
  const bytes = Buffer.byteLength(line.join(" "));
  if (bytes <= MOST_LINE_BYTES) return;
  yield {
    code: "options-too-long",
    summary: `The declared options take ${bytes} bytes; an x86 kernel reads at most ${MOST_LINE_BYTES}`,
    hint: "shorten lists such as vfio-pci.ids, or move module parameters to /etc/modprobe.d",
    path: PRESENT,
    at: "key",
  };
};

export const noContradiction: Check = function* (document) {
  const present = byKey(optionsAt(document, PRESENT));
  for (const { path, value: text } of optionsAt(document, ABSENT)) {
    const { name: key, value } = parseOption(text);
    const rivals = present.get(key) ?? [];
    const rival = rivals.find((option) => value === undefined || parseOption(option.value).value === value);
    if (rival === undefined) continue;
    yield {
      code: "option-contradiction",
      summary: `${shown(text)} must be absent, but ${shownPath(rival.path)} wants ${shown(rival.value)}`,
      hint:
        value === undefined && parseOption(rival.value).value !== undefined
          ? "remove one of the two, or write the value that must be absent: key=value"
          : "remove one of the two",
      path,
      at: "value",
    };
  }
};

function byKey(options: readonly Placed<string>[]): ReadonlyMap<string, readonly Placed<string>[]> {
  const groups = new Map<string, Placed<string>[]>();
  for (const option of options) {
    const { name: key } = parseOption(option.value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [option]);
    else group.push(option);
  }
  return groups;
}

export const noDuplicateOption: Check = function* (document) {
  yield* duplicates(optionsAt(document, PRESENT));
  yield* duplicates(optionsAt(document, ABSENT));
};

function* duplicates(options: readonly Placed<string>[]): Generator<Finding> {
  const seen = new Map<string, Placed<string>>();
  for (const option of options) {
    const { name: key, value } = parseOption(option.value);
    // hugepages= belongs to the hugepagesz= before it, so the same count may well stand there twice.
    if (key === "hugepages") continue;
    const identity = JSON.stringify([key, value ?? null]);
    const first = seen.get(identity);
    if (first === undefined) {
      seen.set(identity, option);
      continue;
    }
    yield {
      code: "duplicate-option",
      summary: `${shown(option.value)} is the same option as ${shownPath(first.path)}`,
      hint: "remove one of the two",
      path: option.path,
      at: "value",
    };
  }
}
