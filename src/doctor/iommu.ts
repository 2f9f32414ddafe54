import type { DoctorFinding, Fact, HostState } from "../model/index.ts";
import { switchOn } from "../pci/explain/switch-on.ts";
import { refusalByInterrupts, unmappedBy } from "../pci/interrupt-remapping.ts";
import type { DoctorFacts } from "../plan/doctor-facts.ts";
import type { GroupsReport } from "../plan/groups.ts";
import { byOptions } from "./remedy.ts";

/** Whether the IOMMU is on, in this boot and in the next one, as `hostcfg groups` has them. */
export function iommu(state: HostState, { current, predicted }: GroupsReport): DoctorFinding {
  const subject = "iommu";
  if (!current.known) return { subject, verdict: "unknown", says: current.why };
  const next = predicted.known ? predicted.iommu : undefined;
  const count = current.groups.length;
  if (count > 0) {
    const now = `it is on in this boot: ${count} ${count === 1 ? "group" : "groups"}`;
    if (next?.state === "on") return { subject, verdict: "pass", says: now };
    if (next?.state !== "off") {
      const why = predicted.known ? predicted.iommu.why : predicted.why;
      return { subject, verdict: "unknown", says: `${now}; whether at the next boot: ${why}` };
    }
    const says = `${now}; at the next boot it is off: ${next.why}`;
    return { subject, verdict: "warn", says, ...toSwitchOn(state, predicted) };
  }
  if (next?.state === "on")
    return {
      subject,
      verdict: "warn",
      says: "it is off in this boot; with the options of the next one it is on",
      remedy: "reboot",
    };
  return {
    subject,
    verdict: "fail",
    says: `it is off: ${next?.state === "off" ? next.why : (current.why ?? "there are no groups")}`,
    ...toSwitchOn(state, predicted),
  };
}

function toSwitchOn(
  state: HostState,
  predicted: GroupsReport["predicted"],
): Pick<DoctorFinding, "remedy" | "kernelOptions"> {
  const { pci, iommu: facts, running } = state;
  if (!predicted.known || !pci.known) return { remedy: LOOK };
  const { options, acsOverride, kernelRelease, iommu: next } = predicted;
  if (next.byKernel !== true) {
    const boot = { options, acsOverride, kernelRelease };
    const means = switchOn({ devices: pci.value, iommu: facts, running }, boot);
    if (means !== undefined) return byOptions(state, means);
  }
  return { remedy: next.remedy ?? LOOK };
}

const LOOK = "look in the boot log: sudo dmesg | grep -i -e dmar -e iommu -e amd-vi";

/** Without interrupt remapping VFIO refuses every device, unless it is told to take the risk. */
export function interrupts(
  state: HostState,
  { remapping, unsafe }: Pick<DoctorFacts, "remapping" | "unsafe">,
  next: Fact<string>,
): DoctorFinding {
  const subject = "interrupts";
  const { groups } = state.iommu;
  const { cmdline } = state.running;
  const refused = next.known ? refusalByInterrupts(next.value) : undefined;
  const nextOff = refused === undefined ? undefined : byOptions(state, { present: [], absent: [refused] });
  if (!remapping.known) {
    if (refused === undefined) return { subject, verdict: "unknown", says: remapping.why };
    return {
      subject,
      verdict: "fail",
      says: `${refused} is on the next boot's line: VFIO refuses every device`,
      ...nextOff,
    };
  }
  if (remapping.value) {
    if (refused === undefined) return { subject, verdict: "pass", says: "this boot remaps interrupts" };
    const says = `this boot remaps interrupts; with ${refused} the next one does not, and VFIO refuses every device`;
    return { subject, verdict: "warn", says, ...nextOff };
  }
  const culprit = cmdline.known ? unmappedBy(cmdline.value) : undefined;
  if (unsafe || (cmdline.known && culprit !== undefined && refusalByInterrupts(cmdline.value) === undefined))
    return {
      subject,
      verdict: "warn",
      says: "this boot does not remap interrupts, and VFIO is told to hand devices over all the same: a virtual machine may send interrupts to this host",
    };
  const says = `this boot does not remap interrupts, so VFIO refuses every device${culprit === undefined ? "" : ` (${culprit} is on its line)`}`;
  if (culprit !== undefined) {
    if (next.known && unmappedBy(next.value) === undefined)
      return { subject, verdict: "warn", says, remedy: "the next boot's line leaves it out: reboot" };
    const off = nextOff ?? byOptions(state, { present: [], absent: [culprit] });
    return { subject, verdict: "fail", says, ...off };
  }
  if (groups.known && groups.value.length === 0)
    return {
      subject,
      verdict: "warn",
      says: "this boot does not remap interrupts, and its IOMMU is off",
      remedy: "switch the IOMMU on: what remaps interrupts is a part of it",
    };
  return {
    subject,
    verdict: "fail",
    says,
    remedy:
      "look in the boot log (sudo dmesg | grep -i remap) and for a firmware update;\nvfio_iommu_type1.allow_unsafe_interrupts=1 overrules VFIO, and lets a virtual machine send interrupts to this host",
  };
}
