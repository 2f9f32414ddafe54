import { leadsElsewhere } from "./review.ts";
import type { GroupsQuestion, GroupsReport, PredictedBoot, PredictedGroups, WhyTogether } from "./groups.ts";
import { explain, groupsReport } from "./groups.ts";
import type { HostState, PciDevice, Plan } from "../model/index.ts";
import { slotAddress } from "../pci/address.ts";
import { isBridge } from "../pci/kinds.ts";
import type { NamedDevice } from "../pci/named-devices.ts";
import { resolveDevices } from "../pci/named-devices.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";

/** What `hostcfg report --json` prints, and all that its page is made from. */
export interface HostReport {
  readonly formatVersion: "1.0";
  /** As `hostcfg plan` says it. */
  readonly plan: Plan;
  /** As `hostcfg groups` says it: this boot, and the next one as long as nothing is applied. */
  readonly groups: GroupsReport;
  /** The groups of the boot that the plan leads to. */
  readonly planned: PredictedGroups;
  readonly devices: readonly DeclaredDevice[];
  readonly pairs: readonly Pair[];
  /** So many more devices share a group with a declared one. */
  readonly morePairs: number;
}

/** What a name under `devices` means on this host. */
export interface DeclaredDevice {
  readonly name: string;
  /** Addresses; empty where the name means no device, or it is not clear which. */
  readonly functions: readonly string[];
  /** The spec hands it to virtual machines. */
  readonly vfio: boolean;
}

/** A declared device and another one that share a group, with the plan or without it. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  /** What `hostcfg groups --why` answers before the plan is applied; left out where no groups are predicted. */
  readonly before?: WhyTogether;
  /** The same for the boot that the plan leads to. */
  readonly after?: WhyTogether;
}

/** The boot that a plan leads to, as its requirements are judged by it. */
export function bootAfter(plan: Plan, state: HostState): PredictedBoot {
  const { after } = plan.nextBoot;
  const { release, cmdline } = state.running;
  const ran = release.known ? release.value : undefined;
  if (after.known)
    return {
      options: { known: true, value: after.value.options },
      optionsFrom: `what boots next once the plan is applied: ${after.value.rule}`,
      release: after.value.release.known ? after.value.release.value : ran,
    };
  const another = leadsElsewhere(plan.nextBoot, plan.steps, state);
  return { options: another ? after : cmdline, optionsFrom: "this boot's own line", release: ran };
}

export interface ReportQuestion {
  readonly spec: HostSpec;
  readonly plan: Plan;
  readonly state: HostState;
  readonly before: GroupsQuestion;
  readonly after: GroupsQuestion;
}

export function hostReport({ spec, plan, state, before, after }: ReportQuestion): HostReport {
  const groups = groupsReport(state, before);
  const planned = groupsReport(state, after).predicted;
  const devices = state.pci.known ? state.pci.value : [];
  const { byName } = resolveDevices(spec.devices ?? {}, devices);
  const found = pairsOf([...byName.values()], devices, [groups.predicted, planned]);
  const why = (predicted: PredictedGroups, pair: AddressPair): WhyTogether | undefined =>
    predicted.known ? explain(devices, predicted, pair) : undefined;
  return {
    formatVersion: "1.0",
    plan,
    groups,
    planned,
    devices: Object.keys(spec.devices ?? {}).map((name) => ({
      name,
      functions: byName.get(name)?.functions.map(({ address }) => address) ?? [],
      vfio: spec.vfio?.devices.includes(name) ?? false,
    })),
    pairs: found.slice(0, MOST_PAIRS).map((pair) => {
      const [was, will] = [why(groups.predicted, pair), why(planned, pair)];
      return {
        a: pair[0],
        b: pair[1],
        ...(was === undefined ? {} : { before: was }),
        ...(will === undefined ? {} : { after: will }),
      };
    }),
    morePairs: Math.max(0, found.length - MOST_PAIRS),
  };
}

/** Nobody reads more, and a machine without any ACS has thousands. */
const MOST_PAIRS = 12;

type AddressPair = readonly [a: string, b: string];

/** Two declared devices first; then each with what else is in its group, one function of a slot and no bridges. */
function pairsOf(
  named: readonly NamedDevice[],
  devices: readonly PciDevice[],
  predictions: readonly PredictedGroups[],
): readonly AddressPair[] {
  const groups = predictions.flatMap((one) => (one.known ? one.groups.map((group) => group.devices) : []));
  const known = new Map(devices.map((device) => [device.address, device]));
  const own = new Map(
    named.flatMap((one) => one.functions.map(({ address }) => [address, one.name] as const)),
  );
  const among = new Map<string, AddressPair>();
  const withOthers = new Map<string, AddressPair>();
  for (const members of groups) {
    const declared = members.filter((address) => own.has(address));
    for (const a of declared)
      for (const b of members) {
        const [nameA, nameB] = [own.get(a) ?? "", own.get(b)];
        const device = known.get(b);
        if (nameB !== undefined) {
          const key = [nameA, nameB].toSorted().join(" ");
          if (nameA !== nameB && !among.has(key)) among.set(key, [a, b]);
        } else if (device !== undefined && !isBridge(device)) {
          const key = `${nameA} ${slotAddress(b)}`;
          if (!withOthers.has(key)) withOthers.set(key, [a, b]);
        }
      }
  }
  return [...among.values(), ...withOthers.values()];
}
