import { neighbourQuery, pingQuery, unitQuery } from "../host/queries.ts";
import type { Reader } from "../host/reader.ts";
import type { Fact, GatewayFact, HealthFacts, HostState, UnitState } from "../model/index.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import { attemptIfRecorded, known, unknown } from "./fact.ts";
import { askForFact, queryFailure } from "./query-failure.ts";
import type { DefaultRoute } from "./routes.ts";
import { readDefaultRoutes } from "./routes.ts";
import { ifRecordedLater } from "./unrecorded.ts";

/** Asks what the spec's `health` names, and nothing where it names nothing. */
export async function readHealth(
  reader: Reader,
  { health }: HostSpec,
  { mounts }: Pick<HostState, "mounts">,
): Promise<HealthFacts | undefined> {
  if (health === undefined) return undefined;
  const units: { name: string; state: Fact<UnitState> }[] = [];
  for (const name of health.units ?? []) units.push({ name, state: await readUnit(reader, name) });
  return {
    units,
    ...(health.gateway === true ? { gateways: await readGateways(reader) } : {}),
    ...(health.mounted === undefined
      ? {}
      : {
          mounted: health.mounted.of.map((path) => ({ path, isMounted: readMounted(reader, mounts, path) })),
        }),
  };
}

async function readUnit(reader: Reader, name: string): Promise<Fact<UnitState>> {
  const state = await ifRecordedLater(() =>
    askForFact(reader, unitQuery(name), (answer) => {
      if (!answer.ran) return unknown(answer.why);
      const found = answer.exitCode === 0 ? parseUnit(answer.stdout) : undefined;
      return found === undefined ? queryFailure("systemctl", answer) : known(found);
    }),
  );
  return state ?? unknown(`the capture does not hold the state of ${name}`);
}

/** The lines of `systemctl show`; `undefined` where it says nothing of the unit, as in a chroot. */
export function parseUnit(text: string): UnitState | undefined {
  const values = new Map(
    text.split("\n").map((line): [string, string] => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const [load, active, sub] = ["LoadState", "ActiveState", "SubState"].map((key) => values.get(key));
  if (load === undefined || active === undefined || sub === undefined) return undefined;
  return { load, active, sub, queued: (values.get("Job") ?? "") !== "" };
}

/** One that answers is enough, so those after it are not asked. */
async function readGateways(reader: Reader): Promise<Fact<readonly GatewayFact[]>> {
  const routes = readDefaultRoutes(reader);
  if (!routes.known) return routes;
  const gateways: GatewayFact[] = [];
  for (const { interface: name, gateway } of routes.value) {
    if (gateway === undefined) {
      gateways.push({ interface: name, answers: unknown("its default route names no gateway") });
      continue;
    }
    const asked = await ifRecordedLater(() => askGateway(reader, name, gateway));
    const answers = asked ?? unknown("the capture does not hold whether it answers");
    gateways.push({ interface: name, address: gateway, answers });
    if (answers.known && answers.value) break;
  }
  return known(gateways);
}

/** By ping; where that cannot tell, by what the kernel knows of this neighbour from others' traffic. */
async function askGateway(
  reader: Reader,
  name: string,
  gateway: NonNullable<DefaultRoute["gateway"]>,
): Promise<Fact<boolean>> {
  const zone = gateway.startsWith("fe80:") ? `%${name}` : "";
  const ping = await askForFact<boolean>(reader, pingQuery(`${gateway}${zone}`), (answer) => {
    if (!answer.ran) return unknown(answer.why);
    if (answer.exitCode === 0) return known(true);
    // Another ping fails with 1 where it may not send as well.
    return NO_REPLY.test(answer.stdout) ? known(false) : queryFailure("ping", answer);
  });
  if (ping.known) return ping;
  const neighbour = await askForFact(reader, neighbourQuery(gateway, name), (answer) => {
    if (!answer.ran) return unknown(answer.why);
    return answer.exitCode === 0 ? parseNeighbour(answer.stdout) : queryFailure("ip", answer);
  });
  if (neighbour.known) return neighbour;
  const whys = [...new Set([ping.why, neighbour.why])].join("; ");
  return unknown(`${whys}; to know it, install ping and run hostcfg as root on the running host`);
}

/** The last line but one of iputils' ping and of busybox's. */
const NO_REPLY = /\b0 (?:packets )?received\b/;

/**
 * What `ip neigh` says of one neighbour. REACHABLE is one that answered within the last half minute; the kernel has asked
 * one that is FAILED or INCOMPLETE in vain. All other states are older.
 */
export function parseNeighbour(text: string): Fact<boolean> {
  const words = text.split(/\s+/);
  if (words.includes("REACHABLE")) return known(true);
  if (words.includes("FAILED") || words.includes("INCOMPLETE")) return known(false);
  const state = words.find((word) => /^[A-Z]+$/.test(word));
  return unknown(`ip neigh shows ${state === undefined ? "nothing of it" : `only ${state}`}`);
}

/** Any program's answer without the address of a neighbour's card, which tells where a host stands. */
export function trimNeighbour(text: string): string {
  return text.replace(/\blladdr \S+ /g, "");
}

/** What systemd mounts on the first access (autofs) is not mounted before. */
function readMounted(reader: Reader, mounts: HostState["mounts"], path: string): Fact<boolean> {
  if (!mounts.known) return mounts;
  const isThere = (place: string): boolean =>
    mounts.value.some(({ mountPoint, type }) => mountPoint === place && type !== "autofs");
  // Not looked at where the list has it: a look at a file system whose server is away never ends.
  if (isThere(path)) return known(true);
  // The kernel's list has the place that a link leads to.
  const real = attemptIfRecorded<string | false>(path, () => reader.realPath(path) ?? false);
  return real.known ? known(real.value !== false && isThere(real.value)) : real;
}
