import type { KernelVersion } from "../../facts/kernel-version.ts";
import { kernelVersion } from "../../facts/kernel-version.ts";

/** Where kernels differ in what decides groups. */
export interface KernelRules {
  /**
   * How `pci=disable_acs_redir=` and `config_acs=` work. `redirect-only`: before Linux 6.11 there is only the former,
   * and it clears bits of what the kernel has set; `first-device`: from then to the fix of April 2025, with wrong
   * arithmetic and no more than one device; `fixed`: bits that are not named are the firmware's.
   */
  readonly acsOptions: "redirect-only" | "first-device" | "fixed";
  /** Stable kernels of spring 2026 that switched ACS on only after the groups were made. */
  readonly groupsBeforeAcs: boolean;
  /** Since Linux 7.0 two IDT switches no longer have to validate sources. */
  readonly idtWithoutSourceValidation: boolean;
  /** Since Linux 7.0 devices behind ASPEED's bridge AST1150 keep their own ids. */
  readonly ast1150LetsIdsThrough: boolean;
}

/**
 * @param release As `uname -r` shows it. Undefined, and where a distribution keeps the patch level to itself
 *   (`6.1.0-26-amd64`), means a kernel without the faults of single patch levels.
 */
export function kernelRules(release: string | undefined): KernelRules {
  const { major, minor = 0, patch }: Partial<KernelVersion> = kernelVersion(release ?? "") ?? {};
  const before = (wantedMajor: number, wantedMinor: number): boolean =>
    major !== undefined && (major < wantedMajor || (major === wantedMajor && minor < wantedMinor));
  const patchOf = (wantedMajor: number, wantedMinor: number): number | undefined =>
    major === wantedMajor && minor === wantedMinor ? patch : undefined;
  const between = (level: number | undefined, from: number, to: number): boolean =>
    level !== undefined && level >= from && level <= to;
  const unfixed =
    (major === 6 && minor === 11) ||
    between(patchOf(6, 12), 1, 22) ||
    between(patchOf(6, 13), 1, 10) ||
    between(patchOf(6, 14), 1, 1);
  return {
    acsOptions: before(6, 11) ? "redirect-only" : unfixed ? "first-device" : "fixed",
    groupsBeforeAcs:
      between(patchOf(5, 10), 252, 252) ||
      between(patchOf(5, 15), 202, 202) ||
      between(patchOf(6, 1), 165, 168) ||
      between(patchOf(6, 6), 128, 134) ||
      between(patchOf(6, 12), 75, 82),
    idtWithoutSourceValidation: major !== undefined && major >= 7,
    ast1150LetsIdsThrough: major !== undefined && major >= 7,
  };
}
