import { ACS_OVERRIDE, hasOption, splitLine } from "../cmdline.ts";
import { UNSIGNED_REMEDY } from "../concerns/secure-boot.ts";
import type { AcsPatch, DoctorFinding, Fact, HostState } from "../model/index.ts";
import type { PredictedBoot } from "../plan/groups.ts";
import { byOptions } from "./remedy.ts";

/** What makes the initrds, which bind a device to vfio-pci from boot on. */
export function initrds({ initramfs: { generator, undriven } }: HostState): DoctorFinding {
  const subject = "initrds";
  if (generator.known) return { subject, verdict: "pass", says: `${generator.value} makes them` };
  if (undriven === undefined) return { subject, verdict: "unknown", says: generator.why };
  return {
    subject,
    verdict: "warn",
    says: generator.why,
    remedy: "hostcfg plan says what to do by hand where a spec has vfio.devices",
  };
}

/** Whether the firmware would start what boots next. */
export function secureBoot({ bootLoader, kernels }: HostState, next: Fact<string>): DoctorFinding {
  const subject = "secure-boot";
  const { secureBoot: on } = bootLoader.firmware;
  if (!on.known) return { subject, verdict: "unknown", says: on.why };
  if (!on.value) return { subject, verdict: "pass", says: "it is off" };
  if (!next.known)
    return {
      subject,
      verdict: "unknown",
      says: `it is on, and which kernel boots next is unknown: ${next.why}`,
    };
  const release = next.value;
  const kernel = kernels.known ? kernels.value.find((one) => one.release === release) : undefined;
  const signed = kernel?.signed;
  if (signed?.known !== true) {
    const absent =
      kernel === undefined ? "its image is not among those in /boot" : "its image was not looked at";
    const why = signed?.why ?? (kernels.known ? absent : kernels.why);
    return {
      subject,
      verdict: "unknown",
      says: `it is on, and whether ${release} is signed is unknown: ${why}`,
    };
  }
  return signed.value
    ? { subject, verdict: "pass", says: `it is on, and ${release}, which boots next, is signed` }
    : {
        subject,
        verdict: "fail",
        says: `it is on, and ${release}, which boots next, is not signed`,
        remedy: UNSIGNED_REMEDY,
      };
}

/** Whether the kernel that boots next carries the ACS override patch, and whether its line asks for it. */
export function acsOverride(
  state: HostState,
  patch: Fact<AcsPatch>,
  { options }: PredictedBoot,
): DoctorFinding {
  const subject = "acs-override";
  if (!patch.known) return { subject, verdict: "unknown", says: patch.why };
  const { release, answer, evidence } = patch.value;
  const words = options.known ? splitLine(options.value) : [];
  const isAsked = hasOption(words, ACS_OVERRIDE);
  const because = evidence.length === 0 ? {} : { evidence };
  switch (answer) {
    case "unknown":
      return {
        subject,
        verdict: "unknown",
        says: `whether ${release} carries the patch is unknown`,
        ...because,
        ...(state.identity.privileged ? {} : { remedy: "as root more can be read" }),
      };
    case "carried":
      return isAsked
        ? {
            subject,
            verdict: "warn",
            says: `${release} carries the patch, and ${ACS_OVERRIDE} is on its line: groups are apart that the hardware may not keep apart`,
            ...because,
            remedy: "say in the spec why that is in order: iommuGroups.acsOverrideReason",
          }
        : {
            subject,
            verdict: "pass",
            says: `${release} carries the patch; its line does not ask for it`,
            ...because,
          };
    case "absent":
      return isAsked
        ? {
            subject,
            verdict: "fail",
            says: `${release} does not carry the patch, so it ignores ${ACS_OVERRIDE} on its line`,
            ...because,
            ...byOptions(state, { present: [], absent: [ACS_OVERRIDE] }),
          }
        : {
            subject,
            verdict: "pass",
            says: `${release} does not carry the patch, and nothing asks for it`,
            ...because,
          };
  }
}
