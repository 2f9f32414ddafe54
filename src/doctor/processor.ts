import type { DoctorFinding, HostState } from "../model/index.ts";
import type { DoctorFacts } from "../plan/doctor-facts.ts";

const subject = "processor";

/** What a processor's flag is called, by its maker and in firmware menus; and the module of KVM for it. */
const EXTENSIONS = {
  vmx: { name: "Intel VT-x", firmware: "Intel Virtualization Technology (VT-x)", module: "kvm_intel" },
  svm: { name: "AMD-V", firmware: "SVM Mode (AMD-V)", module: "kvm_amd" },
} as const;

/** Whether this host can run virtual machines at all: the processor can, and KVM has it. */
export function processor(
  { iommu }: HostState,
  { virtualization: { extension, device } }: DoctorFacts,
): DoctorFinding {
  if (!extension.known) return { subject, verdict: "unknown", says: extension.why };
  if (device.known && device.value) {
    const how = extension.value in EXTENSIONS ? EXTENSIONS[extension.value as "vmx" | "svm"].name : "KVM";
    return { subject, verdict: "pass", says: `the processor runs virtual machines (${how}, /dev/kvm)` };
  }
  switch (extension.value) {
    case "none":
      return {
        subject,
        verdict: "fail",
        says: "the processor shows no virtualization (neither vmx nor svm in /proc/cpuinfo)",
        remedy: inGuest(iommu)
          ? "let the hypervisor pass it on (nested virtualization)"
          : "switch it on in the firmware (Intel: VT-x; AMD: SVM Mode), or use another processor",
      };
    case "not-x86":
      return {
        subject,
        verdict: "unknown",
        says: device.known
          ? "/dev/kvm is not there, and /proc/cpuinfo does not tell it of this kind of processor"
          : device.why,
      };
    case "vmx":
    case "svm": {
      const { name, firmware, module } = EXTENSIONS[extension.value];
      if (!device.known)
        return {
          subject,
          verdict: "unknown",
          says: `the processor has ${name}; whether KVM can use it: ${device.why}`,
        };
      return {
        subject,
        verdict: "warn",
        says: `the processor has ${name}, but /dev/kvm is not there`,
        remedy: `sudo modprobe ${module}; where that is refused, switch on ${firmware} in the firmware`,
      };
    }
  }
}

function inGuest({ machine }: HostState["iommu"]): boolean {
  return machine?.runsOn.known === true && machine.runsOn.value.kind === "guest";
}
