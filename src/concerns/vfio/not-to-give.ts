import type { Diagnostic, DiagnosticCode, PciDevice } from "../../model/index.ts";
import { functionNumber, shortAddress } from "../../pci/address.ts";
import { describeDevice, inWords } from "../../pci/describe.ts";
import { isBridge, isNothingToGive } from "../../pci/kinds.ts";
import type { NamedDevice } from "../../pci/named-devices.ts";
import { needsFunctions } from "../../pci/named-devices.ts";
import { isMixed } from "../../pci/one-card.ts";
import { vmdBefore } from "../../pci/vmd.ts";
import type { HostSpec } from "../../spec/host-spec.gen.ts";

/** What no virtual machine can be given, whatever the groups are; and slots that are more than a person may know. */
export function notToGive(spec: HostSpec, wanted: readonly NamedDevice[]): Diagnostic[] {
  return wanted.flatMap((device) => [
    ...bridges(spec, device),
    ...behindVmd(spec, device),
    ...wholeSlot(spec, device),
  ]);
}

const PORTS =
  "vfio-pci takes no bridges, and none has to be bound, because ports and bridges of a group do not keep it from being opened";
const CHIPSET =
  "the host's own firmware and clocks are behind it; none has to be bound, because without a driver it does not keep a group from being opened";

function hasPorts(device: PciDevice): boolean {
  return isBridge(device) || device.headerType !== undefined;
}

function bridges(spec: HostSpec, device: NamedDevice): Diagnostic[] {
  const { name, functions } = device;
  const found = functions.filter(isNothingToGive);
  if (found.length === 0) return [];
  const rest = functions.filter((one) => !found.includes(one));
  const numbers = rest.map(({ address }) => functionNumber(address)).join(", ");
  return [
    refusal(
      spec,
      device,
      "vfio-bridge",
      `${name}: ${inWords(found.map(describeDevice))} ${found.length === 1 ? "is nothing" : "are nothing"} for a virtual machine: ${found.some(hasPorts) ? PORTS : CHIPSET}`,
      rest.length === 0
        ? `take ${name} out of vfio.devices`
        : `leave it out: add functions: [${numbers}] to devices.${name}`,
    ),
  ];
}

function behindVmd(spec: HostSpec, device: NamedDevice): Diagnostic[] {
  const [first] = device.functions;
  const controller = first === undefined ? undefined : vmdBefore(first);
  if (first === undefined || controller === undefined) return [];
  return [
    refusal(
      spec,
      device,
      "vfio-behind-vmd",
      `${device.name} (${describeDevice(first)}) is behind the Intel VMD controller ${shortAddress(controller)}: it cannot be given to a virtual machine while the host's vmd driver has that`,
      "switch VMD off in the firmware (also called Intel RST or RAID mode; mind another system that starts from it): then this is an ordinary device with an address in domain 0000",
    ),
  ];
}

/** Who names a slot by its address means all of it, but seldom knows all of it. */
function wholeSlot({ devices = {} }: HostSpec, { name, slot, functions }: NamedDevice): Diagnostic[] {
  const selector = devices[name];
  if (selector === undefined || selector.functions !== undefined) return [];
  // Where less than the slot is named, that is asked already.
  return functions.length === slot.functions.length && isMixed(slot)
    ? [needsFunctions(name, selector, slot, functions)]
    : [];
}

function refusal(
  { vfio }: HostSpec,
  { name }: { readonly name: string },
  code: DiagnosticCode,
  summary: string,
  hint: string,
): Diagnostic {
  const specPath = ["vfio", "devices", vfio?.devices.indexOf(name) ?? 0];
  return { severity: "error", code, summary, hint, specPath, address: `vfio.${name}` };
}

/** Codes whose errors say of a device that no machine can have it. */
export const REFUSALS: ReadonlySet<DiagnosticCode> = new Set([
  "vfio-bridge",
  "vfio-behind-vmd",
  "vfio-no-group",
]);
