import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Diagnostic, Requirement, Finding as Verified } from "../../../src/model/index.ts";

/** A regular expression, or several that must all match. */
export type Says = string | readonly string[];

/** A diagnostic by its meaning, so that its wording is free. What is left out may be anything. */
export interface Finding {
  readonly severity?: Diagnostic["severity"];
  readonly code?: string;
  /** A regular expression on the place: address, or path in the spec. */
  readonly at?: string;
  /** On summary, detail and hint together. */
  readonly says?: Says;
  /** Exactly so often; at least once when left out. */
  readonly times?: number;
}

/** One command on a machine, and the right answer. */
export interface Run {
  readonly name: string;
  /** Words after `hostcfg`. */
  readonly command: string;
  /** Which machine of the folder; `root` when left out. */
  readonly machine?: string;
  /** A spec: the machine is as after an apply of it and a reboot. */
  readonly settled?: string;
  /** The spec's text, for one that has no file. */
  readonly spec?: string;
  readonly exit?: number;
  readonly finds?: readonly Finding[];
  readonly neverFinds?: readonly Finding[];
  /** By address: the status, or several that are all right. */
  readonly requirements?: Readonly<Record<string, Statuses>>;
  /** Regular expressions on all that is printed. Blanks stand for line breaks as well. */
  readonly says?: readonly string[];
  readonly neverSays?: readonly string[];
}

/** A requirement of a plan, or a finding of a verification. */
export type Judged = Pick<Requirement, "address" | "reason"> & {
  readonly status: Requirement["status"] | Verified["status"];
};

export type Statuses = Judged["status"] | readonly Judged["status"][];

export function readExpectations(path: string): readonly Run[] {
  const document: unknown = parse(readFileSync(path, "utf8"));
  if (!Array.isArray(document)) throw new Error(`${path} is no list of runs`);
  return document.map((entry: unknown) => {
    if (!isRun(entry)) throw new Error(`${path}: not a run: ${JSON.stringify(entry)}`);
    return entry;
  });
}

const KEYS: Readonly<Record<keyof Run, (value: unknown) => boolean>> = {
  name: isText,
  command: isText,
  machine: isText,
  settled: isText,
  spec: isText,
  exit: (value) => typeof value === "number",
  finds: isFindings,
  neverFinds: isFindings,
  requirements: (value) => typeof value === "object" && value !== null,
  says: isTexts,
  neverSays: isTexts,
};
const FINDING_KEYS = ["severity", "code", "at", "says", "times"];

/** A misspelt key would expect nothing. */
function isRun(value: unknown): value is Run {
  if (typeof value !== "object" || value === null || !("name" in value && "command" in value)) return false;
  return Object.entries(value).every(([key, inside]) => isKey(key) && KEYS[key](inside));
}

function isKey(key: string): key is keyof Run {
  return key in KEYS;
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isFindings(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (one: unknown) =>
        typeof one === "object" &&
        one !== null &&
        Object.keys(one).every((key) => FINDING_KEYS.includes(key)),
    )
  );
}
