import { posix } from "node:path";
import { isLoadersOwn } from "../cmdline.ts";
import type { Reader } from "../host/reader.ts";
import type { AddedOptions, Fact } from "../model/index.ts";
import { attempt, known } from "./fact.ts";
import { isRecord, parseJson } from "./json.ts";
import { JOURNALS, STATE_FOLDER } from "./state-folder.ts";
import { readTextFiles } from "./text-files.ts";

export const ADDED_OPTIONS = `${STATE_FOLDER}/options.json`;

/**
 * hostcfg's record of the kernel options that it has added, so that one which a spec names no more can be told from one
 * that was always there. A record that is missing although an apply has changed options, or that cannot be understood,
 * is lost: nothing is known to be hostcfg's then.
 */
export function readAddedOptions(reader: Reader): Fact<AddedOptions> {
  const files = readTextFiles(reader, [ADDED_OPTIONS], ADDED_OPTIONS);
  if (!files.known) return files;
  const [file] = files.value;
  if (file === undefined) return known({ options: [], lost: optionsWereApplied(reader) });
  const options = parse(file.text);
  // Whoever wrote it: what a loader writes itself is never hostcfg's to take away.
  const own = (options ?? []).filter((option) => !isLoadersOwn(option));
  return known({ options: own, lost: options === undefined, file });
}

function parse(text: string): readonly string[] | undefined {
  try {
    const document: unknown = parseJson(text);
    const added: unknown = isRecord(document) ? document["added"] : undefined;
    if (!Array.isArray(added)) return undefined;
    const options = added.filter((option): option is string => typeof option === "string");
    return options.length === added.length ? options : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an apply that changed options has come to its end here, and was not taken back. */
function optionsWereApplied(reader: Reader): boolean {
  const found = attempt(JOURNALS, () => {
    const ended = (reader.list(JOURNALS) ?? []).flatMap((name) => {
      const text = (file: string): string => reader.readText(posix.join(JOURNALS, name, file)) ?? "";
      return /"event":\s*"applied"/.test(text("events.jsonl")) ? [{ name, plan: text("plan.json") }] : [];
    });
    const undone = ended.map(({ plan }) => /"undoes":\s*"([^"]+)"/.exec(plan)?.[1]);
    return ended.some(
      ({ name, plan }) => /"address":\s*"kernelOptions\./.test(plan) && !undone.includes(name),
    );
  });
  return found.known && found.value;
}

/** The record's text. */
export function addedOptionsText(options: readonly string[]): string {
  return `${JSON.stringify({ formatVersion: "1.0", added: options }, null, 2)}\n`;
}
