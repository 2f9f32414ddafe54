import { ACS_OVERRIDE, parseOption } from "../cmdline.ts";
import { clueOfFamily } from "../facts/acs-clues.ts";
import type { AcsPatch, Diagnostic } from "../model/index.ts";
import { clueOfGroups } from "../pci/override-in-groups.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";

/**
 * `pcie_acs_override` on a kernel without the out-of-tree patch: the kernel passes it to init as unknown, the groups
 * stay, and a whole new kernel may have been installed for nothing. So it is said before anything is.
 */
export function acsOverride(input: ConcernInput): ConcernResult {
  const patch = acsPatchAtNextBoot(input);
  if (patch?.answer === "carried") return {};
  const { present = [] } = input.spec.kernelOptions ?? {};
  const index = present.findIndex((spelling) => parseOption(spelling).name === ACS_OVERRIDE);
  if (index === -1) return {};
  const specPath = ["kernelOptions", "present", index];
  const remedy =
    "declare a kernel that has the patch as kernel.release, e.g. one of Proxmox or packages that were built with it, or leave the option out";
  if (patch?.answer === "absent") {
    const problem: Diagnostic = {
      severity: "error",
      code: "acs-override-unpatched",
      summary: `${patch.release} does not carry the ACS override patch: it would ignore pcie_acs_override, and no group would change`,
      detail: patch.evidence.join("\n"),
      hint: remedy,
      specPath,
    };
    return { diagnostics: [problem] };
  }
  return {
    diagnostics: [
      {
        severity: "warning",
        code: "acs-override-unproven",
        summary: `whether ${patch?.release ?? "the kernel that boots next"} carries the ACS override patch is unknown`,
        detail:
          patch?.evidence.join("\n") ?? "The spec declares no kernel.release, and which one runs is unknown.",
        hint: "as root more can be read; after the reboot, hostcfg verify reads what the kernel said of the option",
        specPath,
      },
    ],
  };
}

/**
 * Whether the kernel that shall boot carries the patch, from the package that the plan installs, else from what is
 * installed; undefined where the spec does not declare the option, or names no kernel and none is known to run.
 */
export function acsPatchAtNextBoot({
  spec,
  state,
  debs,
  installing,
}: Omit<ConcernInput, "kernels">): AcsPatch | undefined {
  if (state.acsOverride === undefined) return undefined;
  const installed = state.acsOverride.patch;
  const release = spec.kernel?.release ?? installed?.release;
  if (release === undefined) return undefined;
  const brought = debs.filter(({ control }) => control.known && installing.includes(control.value.package));
  const inPackages = brought.flatMap(({ acsPatches }) =>
    acsPatches?.known === true ? acsPatches.value.filter((patch) => patch.release === release) : [],
  );
  const unread = brought.flatMap(({ acsPatches }) => (acsPatches?.known === false ? [acsPatches.why] : []));
  // The files of a kernel that is installed again are about to be others.
  const judged = inPackages.length > 0 || installed === undefined ? inPackages : [installed];
  const decided = judged.find(({ answer }) => answer !== "unknown");
  if (decided !== undefined) return decided;
  const evidence = [...judged.flatMap((patch) => patch.evidence), ...unread];
  // What is about to be installed again has not made the present groups.
  const inGroups = brought.length === 0 ? clueOfGroups(state, release) : undefined;
  for (const { shows, clause } of [...(inGroups === undefined ? [] : [inGroups]), clueOfFamily(release)]) {
    evidence.push(clause);
    if (shows !== "nothing") return { release, answer: shows, evidence };
  }
  return { release, answer: "unknown", evidence };
}
