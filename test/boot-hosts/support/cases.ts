import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Finding } from "../../handover/support/expectations.ts";
import type { Change } from "./changes.ts";

/** A recorded host with changes, and the right answers on it. */
export interface Case {
  readonly name: string;
  /** Of test/hosts. */
  readonly host: string;
  readonly changes?: Readonly<Record<string, Change>>;
  /** Without its apiVersion. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly plan: PlanAnswer;
  readonly check?: CheckAnswer;
}

export interface PlanAnswer {
  readonly is: "planned" | "refused" | "nothing to do";
  /** The next boot as it is, and as it will be; after a refused plan the latter counts for nothing. */
  readonly before?: BootAnswer;
  readonly after?: BootAnswer;
  /** Codes of the diagnostics: these, and no other. None where it is left out. */
  readonly errors?: readonly string[];
  readonly warnings?: readonly string[];
  /** Diagnostics by their meaning. */
  readonly finds?: readonly Finding[];
  /** Regular expressions on what is written at these paths; nothing is written where it is null. */
  readonly writes?: Readonly<Record<string, string | null>>;
}

/** A regular expression for each fact. */
export interface BootAnswer {
  /** Why it is not known what boots. */
  readonly unknown?: string;
  readonly release?: string;
  readonly kernel?: string;
  readonly options?: string;
  readonly rule?: string;
}

export interface CheckAnswer {
  readonly verdict: "bootable" | "broken" | "unknown";
  readonly finds?: readonly Finding[];
}

type Keys<T> = Readonly<Record<keyof T, true>>;

const CASE: Keys<Required<Case>> = {
  name: true,
  host: true,
  changes: true,
  spec: true,
  plan: true,
  check: true,
};
const PLAN: Keys<Required<PlanAnswer>> = {
  is: true,
  before: true,
  after: true,
  errors: true,
  warnings: true,
  finds: true,
  writes: true,
};
const BOOT: Keys<Required<BootAnswer>> = {
  unknown: true,
  release: true,
  kernel: true,
  options: true,
  rule: true,
};
const CHECK: Keys<Required<CheckAnswer>> = { verdict: true, finds: true };

export function readCases(path: string): readonly Case[] {
  const document: unknown = parse(readFileSync(path, "utf8"));
  if (!Array.isArray(document)) throw new Error(`${path} is no list of cases`);
  return document.map((entry: unknown) => {
    if (!isCase(entry)) throw new Error(`${path}: not a case: ${JSON.stringify(entry)}`);
    return entry;
  });
}

/** A misspelt key would expect nothing. */
function isCase(value: unknown): value is Case {
  if (!has(CASE, value) || !("name" in value && "host" in value && "spec" in value)) return false;
  const { plan, check } = value as { readonly plan?: unknown; readonly check?: unknown };
  return (
    has(PLAN, plan) &&
    "is" in plan &&
    [plan.before, plan.after].every((boot) => boot === undefined || has(BOOT, boot)) &&
    (check === undefined || (has(CHECK, check) && "verdict" in check))
  );
}

function has<T>(keys: Keys<T>, value: unknown): value is Partial<Record<keyof T, unknown>> {
  return typeof value === "object" && value !== null && Object.keys(value).every((key) => key in keys);
}
