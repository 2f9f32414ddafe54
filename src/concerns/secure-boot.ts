import { imagePath } from "../platform/debian/layout.ts";
import { releaseToJudge } from "../boot/check.ts";
import type { Diagnostic } from "../model/index.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";

/**
 * Whether the firmware will start the kernel that boots next: with Secure Boot on, shim and systemd-boot refuse an image
 * without a signature ("bad shim signature"), and the host stands at the loader's error message. One that is not declared
 * is not the plan's doing, so that is only said; and one that runs was started.
 */
export function secureBoot({ spec, state, kernels }: ConcernInput): ConcernResult {
  const declared = spec.kernel?.release;
  const judged = releaseToJudge(state, spec);
  const { secureBoot: on } = state.bootLoader.firmware;
  if (!judged.known || !on.known || !on.value) return {};
  const release = judged.value;
  const { running } = state;
  if (declared === undefined && running.release.known && running.release.value === release) return {};
  const signed = kernels.find((candidate) => candidate.release === release)?.signed;
  if (signed?.known === true && signed.value) return {};
  const at = declared === undefined ? {} : ({ specPath: ["kernel", "release"] } as const);
  const remedy =
    "sign it with sbsign and a key that mokutil has enrolled, declare a kernel that the distribution signed, or switch Secure Boot off in the firmware";
  if (signed?.known === true) {
    const problem: Diagnostic = {
      severity: declared === undefined ? "warning" : "error",
      code: "secure-boot-unsigned",
      summary: `Secure Boot is on, and ${imagePath(release)} is not signed: the host would not start it`,
      hint: remedy,
      ...at,
    };
    return { diagnostics: [problem] };
  }
  const why = signed?.why ?? "its image is not here yet";
  return {
    diagnostics: [
      {
        severity: "warning",
        code: "secure-boot-unknown",
        summary: `Secure Boot is on, and whether ${release} is signed is unknown: ${why}`,
        detail:
          "Once the package is installed hostcfg looks, and stops before an unsigned kernel becomes the next boot.",
        hint: remedy,
        ...at,
      },
    ],
  };
}
