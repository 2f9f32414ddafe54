import { layoutOf } from "../platform/platforms.ts";
import type { Diagnostic } from "../model/index.ts";
import type { LateConcern } from "./concern.ts";
import { nextRelease } from "../boot/menu.ts";

export const UNSIGNED_REMEDY =
  "sign it with sbsign and a key that mokutil has enrolled, declare a kernel that the distribution signed, or switch Secure Boot off in the firmware";

/**
 * Whether the firmware will start the kernel that the plan leads to: with Secure Boot on, shim and systemd-boot refuse an
 * image without a signature ("bad shim signature"), and the host stands at the loader's error message. One that is not
 * declared is only warned of, and one that runs was started.
 */
export const secureBoot: LateConcern = ({ spec, state, kernels, outlook: { after, rebootNeeded } }) => {
  const declared = spec.kernel?.release;
  const next = nextRelease(after);
  const release = declared ?? next;
  const { secureBoot: on } = state.bootLoader.firmware;
  if (release === undefined || !on.known || !on.value) return {};
  const { running } = state;
  if (declared === undefined && running.release.known && running.release.value === release) return {};
  const kernel = kernels.find((candidate) => candidate.release === release);
  const signed = kernel?.signed;
  if (signed?.known === true && signed.value) return {};
  // A spec that says nothing of the boot, and a boot that stays, have nothing to be warned of.
  const asksForBoot =
    spec.kernel !== undefined || spec.kernelOptions !== undefined || spec.vfio !== undefined;
  if (declared === undefined && signed?.known !== true && !(rebootNeeded && asksForBoot)) return {};
  const at = declared === undefined ? {} : ({ specPath: ["kernel", "release"] } as const);
  if (signed?.known === true) {
    const problem: Diagnostic = {
      severity: declared === undefined ? "warning" : "error",
      code: "secure-boot-unsigned",
      summary: `Secure Boot is on, and ${layoutOf(state).image(release)} is not signed: the host would not start it`,
      hint: UNSIGNED_REMEDY,
      ...at,
    };
    return { diagnostics: [problem] };
  }
  const notYet =
    kernel?.expected === true ? "its image is not here yet" : "hostcfg did not look at its image";
  const why = signed?.why ?? notYet;
  return {
    diagnostics: [
      {
        severity: "warning",
        code: "secure-boot-unknown",
        summary: `Secure Boot is on, and whether ${release} is signed is unknown: ${why}`,
        detail:
          declared === undefined
            ? "Declared as kernel.release, it is looked at before it becomes the next boot."
            : "Once the package is installed hostcfg looks, and stops before an unsigned kernel becomes the next boot.",
        hint: UNSIGNED_REMEDY,
        ...at,
      },
    ],
  };
};
