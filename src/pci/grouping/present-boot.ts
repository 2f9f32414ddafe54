import { compareAddresses } from "../address.ts";
import { iommuOptions, lastIntelSwitch, leavesGraphicsOut } from "../iommu-options.ts";
import { makeGroups } from "./make-groups.ts";
import type { GroupingBoot, GroupingFacts } from "./situation.ts";
import { isSameKernel, overrideIn, pciOptionsIn, situationOf } from "./situation.ts";

/** Whether nothing that decides groups differs from the present boot, which has them. */
export function isSameBoot(facts: GroupingFacts, next: GroupingBoot): boolean {
  const { iommu, running } = facts;
  const { cmdline } = running;
  if (!iommu.groups.known || iommu.groups.value.length === 0 || !cmdline.known) return false;
  const [now, then] = [essence(cmdline.value), essence(next.options)];
  if (now !== then) return false;
  return isSameKernel(facts, next) || overrides(next.options).length === 1;
}

function essence(line: string): string {
  const options = iommuOptions(line);
  return JSON.stringify([
    overrideIn(line),
    pciOptionsIn(line),
    lastIntelSwitch(options)?.values,
    leavesGraphicsOut(options),
  ]);
}

/**
 * The devices of present groups that the rules would not make of this host as it is booted now: something decides here
 * that hostcfg does not see, such as an alias in AMD's tables. Empty where nothing can be compared.
 */
export function unexplainedNow(facts: GroupingFacts): readonly string[] {
  const { devices, iommu, running } = facts;
  if (!iommu.groups.known || iommu.groups.value.length === 0 || !running.cmdline.known) return [];
  if (devices.some(({ config }) => !config.known)) return [];
  const addresses = new Set(devices.map(({ address }) => address));
  const present = iommu.groups.value
    .map((group) => group.devices.filter((address) => addresses.has(address)))
    .filter((members) => members.length > 0);
  const options = running.cmdline.value;
  // Whether the running kernel has the patch is not known, so either will do.
  const [first = [], second = first] = overrides(options).map((acsOverride) => {
    const made = makeGroups(situationOf(facts, { options, acsOverride }));
    const predicted = new Set(made.map(({ members }) => named(members.map(({ address }) => address))));
    return present.filter((members) => !predicted.has(named(members))).flat();
  });
  return (first.length <= second.length ? first : second).toSorted(compareAddresses);
}

/** The kernels between which a line makes a difference. */
function overrides(line: string): readonly GroupingBoot["acsOverride"][] {
  const { downstream, multifunction, ids } = overrideIn(line);
  return downstream || multifunction || ids.length > 0 ? ["assume", "absent"] : ["absent"];
}

function named(addresses: readonly string[]): string {
  return addresses.toSorted(compareAddresses).join(" ");
}
