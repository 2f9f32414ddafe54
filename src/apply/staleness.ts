import { posix } from "node:path";
import type { Change, Fact, NextBoot, Plan } from "../model/index.ts";

/** What moved on the host between two plans of one spec, a clause each; empty when they are the same. */
export function staleness(saved: Plan, now: Plan): readonly string[] {
  const error = now.diagnostics.find(({ severity }) => severity === "error");
  if (error !== undefined) return [error.summary];
  const host = movedHost(saved, now);
  if (host.length > 0) return host;
  const moved = [
    ...movedChanges(saved.changes, now.changes),
    ...movedBoot("what boots next", saved.nextBoot.before, now.nextBoot.before),
    ...movedBoot("what would boot next", saved.nextBoot.after, now.nextBoot.after),
  ];
  if (moved.length > 0) return moved;
  if (!same(saved.steps, now.steps)) return movedSteps(saved, now);
  const judged = movedJudgement(saved, now);
  return judged.length > 0 ? judged : movedElsewhere(saved, now);
}

/** All that a person may have read in the plan, and that nothing above has compared. */
function movedElsewhere(saved: Plan, now: Plan): string[] {
  const [before, after] = [saved, now].map(comparable);
  return [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])]
    .filter((key) => !same(before?.[key], after?.[key]))
    .map((key) => `"${key}" of the plan is not what it would be now`);
}

/** The parts of a plan by their names. The file of a place is the spec's, as it was typed or in full. */
function comparable(plan: Plan): Readonly<Record<string, unknown>> {
  const { spec, host, nextBoot, diagnostics, ...rest } = plan;
  const name = posix.basename(spec.path);
  return {
    ...rest,
    ...under("spec", spec),
    ...under("host", host),
    ...under("nextBoot", nextBoot),
    diagnostics: diagnostics.map(({ source, ...diagnostic }) => ({
      ...diagnostic,
      ...(source === undefined
        ? {}
        : { source: posix.basename(source.file) === name ? { ...source, file: name } : source }),
    })),
  };
}

function under(key: string, part: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [`${key}.${name}`, value]));
}

function movedHost(saved: Plan, now: Plan): string[] {
  const [before, after] = [saved.host, now.host];
  const name = ({ hostname }: Plan["host"]): string =>
    hostname.known ? hostname.value : "a host with an unknown name";
  if (!same(before.hostname, after.hostname))
    return [`the plan was made on ${name(before)}, and this is ${name(after)}`];
  if (!same(before.machine, after.machine))
    return [
      `the plan was made on another installation called ${name(before)}: its /etc/machine-id is another`,
    ];
  if (!same(before.rootUuid, after.rootUuid)) return ["the plan was made on another root file system"];
  return same(before.root, after.root)
    ? []
    : [`the plan was made of ${before.root ?? "/"}, and this is ${after.root ?? "/"}`];
}

/** What was approved with these warnings and requirements is not approved with others. */
function movedJudgement(saved: Plan, now: Plan): string[] {
  const warnings = now.diagnostics.filter(
    ({ code }) => !saved.diagnostics.some((known) => known.code === code),
  );
  const requirements = now.requirements.filter(
    ({ address, status }) => saved.requirements.find((known) => known.address === address)?.status !== status,
  );
  return [
    ...warnings.map(({ code, summary }) => `a new warning, ${code}: ${summary}`),
    ...requirements.map(({ address, status }) => `${address} is now ${status}`),
  ];
}

/** An address may be changed in two ways at once: those are held against each other in their order. */
function movedChanges(saved: readonly Change[], now: readonly Change[]): string[] {
  const addresses = new Set([...saved, ...now].map(({ address }) => address));
  return [...addresses].flatMap((address) => {
    const [before, after] = [saved, now].map((changes) => changes.filter((one) => one.address === address));
    if (before === undefined || after === undefined || same(before, after)) return [];
    const [planned, change] = [before, after].map(([first]) => first);
    if (change === undefined) return [`${address} already matches the spec`];
    if (planned === undefined) return [`${address}: ${change.reason} (it matched the spec before)`];
    return [
      planned.before === change.before
        ? `${address}: ${change.reason}`
        : `${address} was ${planned.before ?? "absent"} and is now ${change.before ?? "absent"}`,
    ];
  });
}

function movedBoot(what: string, saved: Fact<NextBoot>, now: Fact<NextBoot>): string[] {
  return same(saved, now) ? [] : [`${what} was ${describe(saved)} and is now ${describe(now)}`];
}

function describe(boot: Fact<NextBoot>): string {
  if (!boot.known) return "unknown";
  const { release, options } = boot.value;
  return `${release.known ? release.value : "an unknown kernel"} with "${options}"`;
}

function movedSteps(saved: Plan, now: Plan): string[] {
  const paths = now.steps.flatMap((step, index) => {
    if (same(step, saved.steps[index])) return [];
    return [step.kind === "exec" ? `the command "${step.argv.join(" ")}"` : step.path];
  });
  return paths.length > 0 ? paths.map((path) => `${path} has changed`) : ["fewer steps are left"];
}

/** The same JSON value. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/** Key order is no difference: a saved plan has been through JSON, and maybe through a formatter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
