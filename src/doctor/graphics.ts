import type { DoctorFinding, HostState, PciDevice } from "../model/index.ts";
import { shortAddress, slotAddress } from "../pci/address.ts";
import { describeDevice, inWords } from "../pci/describe.ts";
import { groupMates } from "../pci/group-mates.ts";
import { cardOf } from "../pci/one-card.ts";
import { outsideOfGroups, whyOutside } from "../pci/outside-groups.ts";
import { slotsOf } from "../pci/slots.ts";

const subject = "graphics";

/** Of each graphics card who has it, and whether it could be handed over alone. */
export function graphics({ pci, iommu: { groups }, running }: HostState): readonly DoctorFinding[] {
  if (!pci.known) return [{ subject, verdict: "unknown", says: pci.why }];
  const cards = slotsOf(pci.value).flatMap((slot) => {
    const displays = slot.functions.filter(({ class: code }) => code.startsWith("03"));
    return displays.length === 0 ? [] : [{ displays, functions: cardOf(slot, displays) }];
  });
  if (cards.length === 0)
    return [{ subject, verdict: "pass", says: "no graphics card is here to hand over" }];
  return cards.map(({ displays, functions }): DoctorFinding => {
    const who = inWords(displays.map(withDriver));
    if (!groups.known) return { subject, verdict: "unknown", says: `${who}: ${groups.why}` };
    if (groups.value.length === 0)
      return { subject, verdict: "warn", says: `${who}: in no group while the IOMMU is off` };
    const outside = outsideOfGroups(functions, groups.value);
    if (outside.length > 0) {
      const why = whyOutside(undefined, outside, running.cmdline.known ? running.cmdline.value : undefined);
      return { subject, verdict: "warn", says: why };
    }
    const numbers = [...new Set(functions.flatMap(({ iommuGroup }) => iommuGroup ?? []))];
    const place = `group${numbers.length === 1 ? "" : "s"} ${inWords(numbers.map(String))}`;
    const mates = groupMates(functions, pci.value);
    const [mate] = mates;
    if (mate === undefined) return { subject, verdict: "pass", says: `${who}: alone in ${place}` };
    return {
      subject,
      verdict: "warn",
      says: `${who}: in ${place} with ${inWords(bySlot(mates))}, which a virtual machine would get as well`,
      remedy: `what would part them: hostcfg groups --separate ${asTyped(functions)} ${shortAddress(mate.address)}`,
    };
  });
}

/** The first function of each slot stands for the others. */
function bySlot(devices: readonly PciDevice[]): readonly string[] {
  return slotsOf(devices).flatMap(({ functions }) => functions.slice(0, 1).map(describeDevice));
}

/** As `groups --separate` takes it. */
function asTyped([first, ...others]: readonly PciDevice[]): string {
  if (first === undefined) return "";
  return shortAddress(others.length === 0 ? first.address : slotAddress(first.address));
}

function withDriver(device: PciDevice): string {
  const { driver, bootVga } = device;
  const has = driver === undefined ? "no driver" : `driver ${driver}`;
  return `${describeDevice(device)} (${has}${bootVga === true ? ", shows the boot screen" : ""})`;
}
