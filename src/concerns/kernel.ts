import { toMakeInitrd } from "../platform/initramfs.ts";
import {
  PLATFORMS,
  imagePackage,
  layoutOf,
  missingParts,
  nameInFile,
  wordsOf,
} from "../platform/platforms.ts";
import { run } from "../boot/run.ts";
import { chooseLoader } from "../boot/choose.ts";
import type { DraftStep } from "../boot/loader.ts";
import type {
  Change,
  Diagnostic,
  DiagnosticCode,
  FamilyName,
  HostState,
  KernelFact,
  PackageFact,
  SetEarlier,
  Unchanged,
} from "../model/index.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";
import type { Declare } from "./declare/declare.ts";
import { scalar } from "./declare/yaml.ts";
import { problemAt } from "./problem-at.ts";

/**
 * `kernel.release`: hands the boot loader the wish, once the kernel is known to be whole. A kernel without its
 * image, initrd or modules does not boot, so a plan for one is never applyable.
 */
export function release({ spec, state, kernels }: ConcernInput): ConcernResult {
  const wanted = spec.kernel?.release;
  if (wanted === undefined) return {};
  // Where hostcfg chooses no kernel, what to do instead is all that helps: its files have other names there.
  const loader = chooseLoader(state.bootLoader, spec.bootLoader);
  if (!loader.known) return { wish: { release: wanted } };
  if (!state.kernels.known) return { diagnostics: [problem("kernels-unknown", state.kernels.why)] };
  const kernel = kernels.find((candidate) => candidate.release === wanted);
  const missing = kernel === undefined ? undefined : missingParts(kernel, layoutOf(state));
  if (kernel === undefined || missing?.length === 3) {
    const there = kernels
      .map((one) => (one.name === undefined ? one.release : `${one.release} (${one.name})`))
      .join(", ");
    return {
      diagnostics: [
        problem(
          "kernel-missing",
          `the kernel ${wanted} is not on this host, and no declared package brings it`,
          `add ${imagePackage(state, wanted)} to kernel.packages, or declare one that is here: ${there === "" ? "none" : there}`,
        ),
      ],
    };
  }
  const onTheEsp = loader.value === "systemd-boot" && isOnTheEspOnly(wanted, state.bootLoader, kernels);
  if (missing !== undefined && missing.length > 0 && !onTheEsp) {
    return {
      diagnostics: [
        problem(
          "kernel-incomplete",
          `the kernel ${wanted} would not boot: ${missing.join(" and ")}`,
          missing.length === 1 && missing[0]?.startsWith("its initrd") === true
            ? toMakeInitrd(state.initramfs, kernel)
            : wordsOf(state).reinstall(imagePackage(state, wanted)),
        ),
      ],
    };
  }
  return { wish: { release: wanted } };
}

/**
 * Whether systemd-boot has the kernel's files, where no kernel has any in /boot: kernel-install is given the image in
 * /usr/lib/modules then, and has the initrd made beside the copy of that (EndeavourOS).
 */
function isOnTheEspOnly(
  release: string,
  { systemdBoot }: HostState["bootLoader"],
  kernels: readonly KernelFact[],
): boolean {
  if (systemdBoot?.entries.known !== true || kernels.some(({ image }) => image !== undefined)) return false;
  return (
    kernels.some((kernel) => kernel.release === release && kernel.modules) &&
    systemdBoot.entries.value.some(
      ({ version, image, initrd }) => version === release && image !== undefined && initrd !== undefined,
    )
  );
}

/**
 * `kernel.hold`: dpkg's selection of the kernel's packages. Those are the declared ones or, where none is
 * declared, the installed ones that are named after the release.
 */
export function hold({ spec, state, debs, installing }: ConcernInput): ConcernResult {
  const wanted = spec.kernel?.hold;
  // What is wrong with the package facts is said by the packages concern.
  if (wanted === undefined || !state.family.known || !state.packages.known) return {};
  const installed = state.packages.value;
  const names =
    declaredNames(spec.kernel?.packages ?? [], debs) ?? namedAfter(spec.kernel?.release, installed);
  if (names.length === 0) {
    return {
      diagnostics: [
        {
          severity: "error",
          code: "hold-nothing",
          summary: "kernel.hold has no package to hold",
          hint: "declare kernel.packages, or a kernel.release whose package is installed",
          specPath: ["kernel", "hold"],
        },
      ],
    };
  }
  // dpkg forgets the hold of a package that it installs again.
  const isHeld = (name: string): boolean =>
    !installing.includes(name) && installed.some((fact) => fact.name === name && fact.held);
  const wrong = names.filter((name) => isHeld(name) !== wanted);
  const [before, after] = wanted ? ["not held", "held"] : ["held", "not held"];
  const { cannotHold, words } = PLATFORMS[state.family.value].packages;
  if (wrong.length > 0 && cannotHold !== undefined) {
    const summary = `${wrong.join(" and ")} ${wrong.length === 1 ? "is" : "are"} ${before}, and hostcfg does not change that: ${cannotHold}`;
    const hint = `by hand, if that is what you want: ${wanted ? "" : "take out "}${words.hold(wrong)}; or leave kernel.hold out`;
    return { diagnostics: [problemAt(["kernel", "hold"], "hold-unsupported", summary, hint)] };
  }
  return {
    changes: wrong.map((name): Change => ({
      address: `kernel.hold.${name}`,
      action: "update",
      before,
      after,
      reason: wanted ? "an upgrade could replace it" : "the spec wants it upgraded with the others",
      effect: "now",
    })),
    unchanged: names
      .filter((name) => !wrong.includes(name))
      .map((name): Unchanged => ({ address: `kernel.hold.${name}`, reason: after })),
    steps: wrong.length === 0 ? [] : [holdStep(state.family.value, wanted, wrong)],
  };
}

const HOLD = "kernel.hold.";

/** Packages that hostcfg has held, and whose hold the spec no longer declares. */
export function unheld(
  { spec, state, debs, installing }: ConcernInput,
  earlier: readonly SetEarlier[],
): { changes: readonly Change[]; steps: readonly DraftStep[] } {
  if (!state.family.known || !state.packages.known) return { changes: [], steps: [] };
  if (PLATFORMS[state.family.value].packages.cannotHold !== undefined) return { changes: [], steps: [] };
  const installed = state.packages.value;
  const declared =
    spec.kernel?.hold === undefined
      ? []
      : (declaredNames(spec.kernel.packages ?? [], debs) ?? namedAfter(spec.kernel.release, installed));
  const left = earlier.flatMap(({ address, after, apply }) => {
    const name = address.startsWith(HOLD) ? address.slice(HOLD.length) : undefined;
    // dpkg forgets the hold of a package that it installs again.
    if (name === undefined || after !== "held" || declared.includes(name) || installing.includes(name))
      return [];
    return installed.some((one) => one.name === name && one.held) ? [{ name, address, apply }] : [];
  });
  return {
    changes: left.map(({ address, apply }): Change => ({
      address,
      action: "update",
      before: "held",
      after: "not held",
      reason: `apply ${apply} held it; the spec no longer asks for that`,
      effect: "now",
    })),
    steps:
      left.length === 0
        ? []
        : [
            holdStep(
              state.family.value,
              false,
              left.map(({ name }) => name),
            ),
          ],
  };
}

function holdStep(family: FamilyName, wanted: boolean, names: readonly string[]): DraftStep {
  const verb = wanted ? "hold" : "unhold";
  return run(
    "hold",
    { does: verb, family, packages: names.map((name) => ({ name })) },
    { title: `${verb} ${names.join(", ")}`, serves: names.map((name) => `kernel.hold.${name}`) },
  );
}

function declaredNames(entries: readonly object[], debs: ConcernInput["debs"]): string[] | undefined {
  if (entries.length === 0) return undefined;
  return entries.flatMap((entry) => {
    if ("name" in entry && typeof entry.name === "string") return [entry.name];
    const deb = debs.find((candidate) => "file" in entry && candidate.file === entry.file);
    if (deb === undefined) return [];
    return deb.control.known ? [deb.control.value.package] : [nameInFile(deb.file).name];
  });
}

function namedAfter(release: string | undefined, installed: readonly PackageFact[]): string[] {
  if (release === undefined) return [];
  return installed
    .filter(
      ({ state, kernel }) =>
        state === "installed" && typeof kernel === "object" && kernel.release === release,
    )
    .map(({ name }) => name);
}

function problem(code: DiagnosticCode, summary: string, hint?: string): Diagnostic {
  return problemAt(["kernel", "release"], code, summary, hint);
}

export const declareKernel: Declare = ({ boot }) =>
  boot?.release.known === true
    ? {
        about: ["The kernel that boots, whatever newer ones come."],
        value: [`  release: ${scalar(boot.release.value)}`],
      }
    : undefined;
