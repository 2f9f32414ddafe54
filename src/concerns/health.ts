import type { Fact, Finding, GatewayFact, HealthFacts, UnitState } from "../model/index.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import type { Concern } from "./concern.ts";
import type { LiveConcern } from "./live/live.ts";
import { finding } from "./live/live.ts";

/** A plan has nothing to do for it. */
export const health: Concern = ({ spec }) =>
  spec.health === undefined
    ? {}
    : { unchanged: [{ address: "health", reason: "hostcfg changes nothing for it; verify judges it" }] };

/** What the host itself says of its health once it is up. */
export const liveHealth: LiveConcern = ({ spec, health: facts }) => {
  if (spec.health === undefined) return [];
  if (facts === undefined) return [finding("health", "unknown", "the host was not asked")];
  const { units, gateways, mounted } = facts;
  return [
    ...units.map(({ name, state }) => judgeUnit(name, state)),
    ...(gateways === undefined ? [] : [judgeGateways(gateways)]),
    ...(mounted === undefined ? [] : [judgeMounted(mounted, spec.health.mounted?.atLeast)]),
  ];
};

function judgeUnit(name: string, state: Fact<UnitState>): Finding {
  const address = `health.units.${name}`;
  if (!state.known) return finding(address, "unknown", state.why);
  const { load, active, sub, queued } = state.value;
  const now = `${active} (${sub})`;
  // As `systemctl is-active` counts.
  if (["active", "reloading", "refreshing"].includes(active))
    return finding(address, "satisfied", `it is ${now}`);
  if (load === "not-found") return finding(address, "unsatisfied", "there is no such unit");
  if (load === "masked") return finding(address, "unsatisfied", "it is masked");
  if (load !== "loaded") return finding(address, "unsatisfied", `systemd cannot load it (${load})`);
  if (sub.startsWith("auto-restart"))
    return finding(address, "unsatisfied", `it has ended and is to be started again: ${now}`);
  if (active === "activating") return finding(address, "unsatisfied", `not yet: it is ${now}`);
  if (queued) return finding(address, "unsatisfied", `not yet: it is ${now}, and a job for it waits`);
  return finding(address, "unsatisfied", `it is ${now}`);
}

function judgeGateways(gateways: NonNullable<HealthFacts["gateways"]>): Finding {
  const address = "health.gateway";
  if (!gateways.known) return finding(address, "unknown", gateways.why);
  const all = gateways.value;
  if (all.length === 0) return finding(address, "unsatisfied", "there is no default route");
  const answering = all.find(({ answers }) => answers.known && answers.value);
  if (answering !== undefined) return finding(address, "satisfied", `${nameOf(answering)} answers`);
  const unsure = all.some(({ answers }) => !answers.known);
  const each = all.map((one) => `${nameOf(one)}: ${one.answers.known ? "no answer" : one.answers.why}`);
  return finding(address, unsure ? "unknown" : "unsatisfied", each.join("; "));
}

function nameOf({ interface: name, address }: GatewayFact): string {
  return address === undefined ? name : `${address} on ${name}`;
}

function judgeMounted(
  places: NonNullable<HealthFacts["mounted"]>,
  atLeast: NonNullable<NonNullable<HostSpec["health"]>["mounted"]>["atLeast"] = places.length,
): Finding {
  const there = places.filter(({ isMounted }) => isMounted.known && isMounted.value).length;
  const away = places.filter(({ isMounted }) => isMounted.known && !isMounted.value);
  const unsure = places.flatMap(({ isMounted }) => (isMounted.known ? [] : [isMounted.why]));
  const status = there >= atLeast ? "satisfied" : there + unsure.length < atLeast ? "unsatisfied" : "unknown";
  const needed = atLeast === places.length ? "all must be" : `at least ${atLeast} must be`;
  const parts = [
    `${there} of ${places.length} are mounted, ${needed}`,
    ...(away.length === 0 ? [] : [`not mounted: ${away.map(({ path }) => path).join(", ")}`]),
    ...new Set(unsure),
  ];
  return finding("health.mounted", status, parts.join("; "));
}
