import type { Capture, CapturedPath } from "../../../src/host/capture.ts";
import type { Patch } from "../../support/planning.ts";
import { patched } from "../../support/planning.ts";
import { unifiedImage } from "../../support/unified-image.ts";

/** What is otherwise at a path of a recorded host. */
export type Change =
  /** A file's whole text. */
  | string
  /** Nothing stands there, nor below it. */
  | null
  /** Texts in the recorded file, each wherever it is there, and what stands in their place. */
  | { readonly replace: Readonly<Record<string, string>> }
  /** Text behind the recorded file's. */
  | { readonly append: string }
  | { readonly text: string; readonly mode: number }
  | { readonly link: string }
  /** An EFI variable of text. */
  | { readonly variable: string }
  /** An EFI variable of the firmware that is a number of two bytes. */
  | { readonly number: number }
  /** An EFI variable that tells the firmware to start this file. */
  | { readonly starts: string }
  /** A unified kernel image of these sections. */
  | { readonly image: Readonly<Record<string, string>> };

export function changed(capture: Capture, changes: Readonly<Record<string, Change>>): Capture {
  const patch: Patch = {};
  for (const [path, change] of Object.entries(changes)) {
    if (change === null) Object.assign(patch, gone(capture, path));
    else patch[path] = typeof change === "string" ? change : contentOf(path, capture.paths[path], change);
  }
  return patched(capture, patch);
}

/** The deepest first, so that each is taken out of its folder before that goes. */
function gone({ paths }: Capture, path: string): Patch {
  const below = Object.keys(paths).filter(
    (one) => one.startsWith(`${path}/`) && paths[one]?.kind !== "absent",
  );
  return Object.fromEntries([...below.sort().reverse(), path].map((one) => [one, null]));
}

function contentOf(
  path: string,
  recorded: CapturedPath | undefined,
  change: Exclude<Change, string | null>,
): CapturedPath {
  if ("link" in change) return { kind: "symlink", target: change.link };
  if ("text" in change) return { kind: "file", ...change };
  if ("variable" in change) return variable(Buffer.from(`${change.variable}\0`, "utf16le"));
  if ("number" in change) return variable(Buffer.from(Uint16Array.of(change.number).buffer));
  if ("starts" in change) return variable(bootOption(change.starts));
  if ("image" in change) return { kind: "file", base64: unifiedImage(change.image).toString("base64") };
  const { text } = recorded ?? {};
  if (recorded === undefined || text === undefined) throw new Error(`${path} was not recorded as text`);
  if ("append" in change) return { ...recorded, text: text + change.append };
  return { ...recorded, text: replaced(path, text, change.replace) };
}

function replaced(path: string, text: string, by: Readonly<Record<string, string>>): string {
  let edited = text;
  for (const [from, to] of Object.entries(by)) {
    if (!edited.includes(from)) throw new Error(`${path} has no ${JSON.stringify(from)}`);
    edited = edited.replaceAll(from, to);
  }
  return edited;
}

/** As efivarfs shows it: the attributes first. */
function variable(value: Buffer): CapturedPath {
  return { kind: "file", base64: Buffer.concat([Buffer.from([7, 0, 0, 0]), value]).toString("base64") };
}

/** EFI_LOAD_OPTION with one file path node (UEFI specification 3.1.3). */
function bootOption(file: string): Buffer {
  const path = Buffer.from(`${file}\0`, "utf16le");
  const node = Buffer.concat([Buffer.from([4, 4, path.length + 4, 0]), path]);
  const list = Buffer.concat([node, Buffer.from([0x7f, 0xff, 4, 0])]);
  return Buffer.concat([
    Buffer.from([1, 0, 0, 0, list.length, 0]),
    Buffer.from("a system\0", "utf16le"),
    list,
  ]);
}
