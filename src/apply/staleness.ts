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
  return movedJudgement(saved, now);
}

function movedHost(saved: Plan, now: Plan): string[] {
  const [before, after] = [saved.host.hostname, now.host.hostname];
  if (same(before, after)) return [];
  const name = (fact: Fact<string>): string => (fact.known ? fact.value : "a host with an unknown name");
  return [`the plan was made on ${name(before)}, and this is ${name(after)}`];
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

function movedChanges(saved: readonly Change[], now: readonly Change[]): string[] {
  const gone = saved
    .filter(({ address }) => !now.some((change) => change.address === address))
    .map(({ address }) => `${address} already matches the spec`);
  const moved = now.flatMap((change) => {
    const planned = saved.find(({ address }) => address === change.address);
    if (planned === undefined) return [`${change.address}: ${change.reason} (it matched the spec before)`];
    if (planned.before !== change.before) {
      return [`${change.address} was ${planned.before ?? "absent"} and is now ${change.before ?? "absent"}`];
    }
    return same(planned, change) ? [] : [`${change.address}: ${change.reason}`];
  });
  return [...gone, ...moved];
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
