import type { Change, Diagnostic, Finding, HostState, PciDevice } from "../../model/index.ts";
import { describeDevice, inWords } from "../../pci/describe.ts";
import { isHostDriver, isVfioDriver } from "../../pci/host-drivers.ts";
import { refusalByInterrupts } from "../../pci/interrupt-remapping.ts";
import { isBridge } from "../../pci/kinds.ts";
import type { NamedDevice } from "../../pci/named-devices.ts";
import { resolveDevices } from "../../pci/named-devices.ts";
import type { HostSpec } from "../../spec/host-spec.gen.ts";
import { whyUnreadable } from "../../pci/unreadable.ts";
import { REFUSALS } from "./not-to-give.ts";
import { directRegionsOf } from "./preflight.ts";
import { addressOf } from "./vfio.ts";

/**
 * Whether the devices for virtual machines are bound in this boot, and whether a machine could be given them: the group
 * of each must hold nothing that another driver has (drivers/vfio/group.c, "group N is not viable").
 *
 * @param plan What a plan would do and say now.
 */
export function vfioFindings(
  spec: HostSpec,
  state: HostState,
  {
    changes,
    diagnostics,
  }: { readonly changes: readonly Change[]; readonly diagnostics: readonly Diagnostic[] },
): Finding[] {
  const { pci } = state;
  return (spec.vfio?.devices ?? []).map((name): Finding => {
    const address = addressOf(name);
    if (!pci.known) return { address, status: "unknown", reason: pci.why, offenders: [] };
    const device = resolveDevices(spec.devices ?? {}, pci.value).byName.get(name);
    if (device === undefined)
      return {
        address,
        status: "unknown",
        reason: `the device that ${name} means is unknown`,
        offenders: [],
      };
    const refused = diagnostics.find(
      (one) => one.severity === "error" && one.address === address && REFUSALS.has(one.code),
    );
    if (refused !== undefined)
      return { address, status: "unsatisfied", reason: refused.summary, offenders: [] };
    const change = changes.find((one) => one.address === address);
    return { address, ...judge(device, state, pci.value, change) };
  });
}

type Verdict = Omit<Finding, "address">;

function judge(
  device: NamedDevice,
  state: HostState,
  all: readonly PciDevice[],
  change: Change | undefined,
): Verdict {
  const unbound = device.functions.filter((one) => !isBound(one));
  if (unbound.length > 0) return notBound(unbound, state, change);
  if (change !== undefined)
    return {
      status: "unsatisfied",
      reason: `bound in this boot, but would not be bound in the next one: ${change.reason}`,
      offenders: [],
    };
  return viability(device, state, all);
}

function notBound(unbound: readonly PciDevice[], { vfio }: HostState, change: Change | undefined): Verdict {
  const has = unbound.map(
    (one) =>
      `${describeDevice(one)} ${one.driver === undefined ? "has no driver" : `uses the driver ${one.driver}`}`,
  );
  const offenders = unbound.map(({ address }) => address);
  if (change !== undefined)
    return { status: "unsatisfied", reason: `${inWords(has)}, and ${change.reason}`, offenders };
  const since = vfio?.sinceBoot;
  if (since?.known === true && since.value)
    return { status: "pending", reason: `to be bound at the next boot; now ${inWords(has)}`, offenders };
  return {
    status: since?.known === true ? "unsatisfied" : "unknown",
    reason: `${inWords(has)}, although this boot should have bound ${unbound.length === 1 ? "it" : "them"}`,
    offenders,
  };
}

function viability(
  device: NamedDevice,
  { iommu, vfio, running }: HostState,
  all: readonly PciDevice[],
): Verdict {
  const numbers = [...new Set(device.functions.flatMap(({ iommuGroup }) => iommuGroup ?? []))];
  if (numbers.length === 0)
    return {
      status: "unsatisfied",
      reason: "bound to vfio-pci, but in no IOMMU group, so no virtual machine can use it",
      offenders: [],
    };
  const inTheWay = all.filter(
    (one) =>
      one.iommuGroup !== undefined &&
      numbers.includes(one.iommuGroup) &&
      !isBridge(one) &&
      one.driver !== undefined &&
      isHostDriver(one.driver),
  );
  const names = `IOMMU group${numbers.length === 1 ? "" : "s"} ${inWords(numbers.map(String))}`;
  if (inTheWay.length > 0)
    return {
      status: "unsatisfied",
      reason: `bound to vfio-pci, but ${names} ${numbers.length === 1 ? "is" : "are"} not viable: ${inWords(inTheWay.map((one) => `${describeDevice(one)} uses the driver ${one.driver ?? ""}`))}`,
      offenders: inTheWay.map(({ address }) => address),
    };
  const silent = device.functions.find((one) => whyUnreadable(one) !== undefined);
  if (silent !== undefined)
    return {
      status: "unsatisfied",
      reason: `bound to vfio-pci, but ${describeDevice(silent)} ${whyUnreadable(silent) ?? ""}`,
      offenders: [],
    };
  const direct = device.functions.find(({ address }) => directRegionsOf(vfio?.devices[address]).length > 0);
  if (direct !== undefined)
    return {
      status: "unsatisfied",
      reason: `bound to vfio-pci, but VFIO refuses ${describeDevice(direct)}: the firmware has requested a 1:1 mapping of ${inWords(directRegionsOf(vfio?.devices[direct.address]))}`,
      offenders: [],
    };
  const unmapped = running.cmdline.known ? refusalByInterrupts(running.cmdline.value) : undefined;
  if (unmapped !== undefined && vfio?.unsafeInterrupts !== true)
    return {
      status: "unsatisfied",
      reason: `bound to vfio-pci, but with the kernel option ${unmapped} interrupts are not remapped, so VFIO refuses every device`,
      offenders: [],
    };
  const openable = vfio?.openable;
  const closed = openable?.known === true ? numbers.filter((one) => !openable.value.includes(one)) : [];
  if (iommu.groups.known && closed.length > 0)
    return {
      status: "unsatisfied",
      reason: `bound to vfio-pci, but /dev/vfio/${closed[0] ?? ""} is not there`,
      offenders: [],
    };
  return { status: "satisfied", reason: `bound to vfio-pci, and ${names} can be opened`, offenders: [] };
}

function isBound({ driver }: PciDevice): boolean {
  return isVfioDriver(driver);
}
