import { judgedByRunning } from "../boot/check.ts";
import { wantsAcsOverride } from "../facts/acs-of-spec.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";

/** Says where vfio's initrd and the ACS patch are judged of the running kernel only, for what boots next is unknown. */
export function judgedKernel({ spec, state }: ConcernInput): ConcernResult {
  if (spec.vfio === undefined && !wantsAcsOverride(spec)) return {};
  const why = judgedByRunning(state, spec);
  if (why === undefined) return {};
  const { release } = state.running;
  return {
    diagnostics: [
      {
        severity: "warning",
        code: "judged-by-running",
        summary: `which kernel boots next is unknown, so the plan looks at the running one${release.known ? `, ${release.value}` : ""}`,
        detail: why,
        hint: "declare kernel.release",
      },
    ],
  };
}
