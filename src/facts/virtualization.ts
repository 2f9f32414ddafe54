import type { Reader } from "../host/reader.ts";
import type { Fact } from "../model/index.ts";
import { attemptIfRecorded } from "./fact.ts";

export const KVM = "/dev/kvm";
const CPUS = "/proc/cpuinfo";

/** What runs virtual machines on this host. */
export interface Virtualization {
  /** The processor's flag in /proc/cpuinfo; `none` where it has neither, or the firmware switched it off. */
  readonly extension: Fact<"vmx" | "svm" | "none" | "not-x86">;
  /** Whether KVM's device is there: its module refuses to load where the processor or the firmware refuse. */
  readonly device: Fact<boolean>;
}

export function readVirtualization(reader: Reader): Virtualization {
  return {
    extension: attemptIfRecorded(CPUS, () => {
      const text = reader.readText(CPUS);
      return text === undefined ? undefined : extensionOf(text);
    }),
    device: attemptIfRecorded(KVM, () => reader.stat(KVM) !== undefined),
  };
}

function extensionOf(cpus: string): "vmx" | "svm" | "none" | "not-x86" {
  const flags = /^flags\s*:(.*)$/m.exec(cpus)?.[1]?.trim().split(/\s+/);
  if (flags === undefined) return "not-x86";
  if (flags.includes("vmx")) return "vmx";
  return flags.includes("svm") ? "svm" : "none";
}
