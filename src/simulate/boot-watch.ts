import type { Bootability, Diagnostic, KernelOfPackage, Plan, Step } from "../model/index.ts";
import { nextRelease } from "../boot/menu.ts";

/**
 * Looks at the host: is it bootable as it is now?
 *
 * @param probed The host was probed by a replan and not touched since, so that what this saw may be used.
 */
export type CheckBoot = (probed: boolean) => Promise<Bootability>;

/** Watches while a plan is carried out that a host which would come up stays one. */
export class BootWatch {
  readonly #check: CheckBoot;
  readonly #first: Bootability;

  constructor(check: CheckBoot, first: Bootability) {
    this.#check = check;
    this.#first = first;
  }

  /**
   * Why the host would not come up after this step, where it did before; undefined where all is well. What was broken
   * from the beginning is only judged after the last step.
   *
   * @param probed As of {@link CheckBoot}: a program that ended well is followed by a replan.
   */
  async brokenBy(step: Step, last: boolean, probed = step.kind === "exec"): Promise<string | undefined> {
    const wasBroken = this.#first.verdict === "broken";
    if (wasBroken ? !last : !touchesBoot(step)) return undefined;
    const now = await this.#check(probed);
    if (now.verdict !== "broken") return undefined;
    // A package brings another build of a kernel, and a later step copies it: until then the older copy starts.
    if (!last && onlyOlderCopies(now)) return undefined;
    const why = errorsOf(now)
      .map(({ summary }) => summary)
      .join("; ");
    return wasBroken
      ? `every step succeeded, but the host is still broken: ${why}`
      : `it broke the boot: ${why}`;
  }
}

/** Package tools, makers of initrds, and all that is written where boot files may be. No loader here follows links. */
function touchesBoot(step: Step): boolean {
  if (step.kind === "symlink") return false;
  return step.kind === "exec" || mayBoot(step.path);
}

/**
 * Whether a loader may read what stands at this path. An ESP may be mounted anywhere, so that is all but settings, which
 * take effect by programs only, and records.
 */
export function mayBoot(path: string): boolean {
  return !/^\/(?:etc|var|usr|lib|sys)\//.test(path);
}

/** Whether all that is broken is a copy that is not what /boot holds now: older, or of another build. */
export function onlyOlderCopies({ entry, problems }: Bootability): boolean {
  const broken = entry.known ? entry.value.parts.filter(({ verdict }) => verdict === "broken") : [];
  const errors = problems.filter(({ severity }) => severity === "error");
  return broken.length === errors.length && broken.every(({ differs }) => differs === true);
}

/**
 * Whether a host that is broken may be touched: the plan has another kernel, initrd or root= boot than what is broken,
 * or takes back what an apply did.
 * Whether it was enough is judged after the last step.
 */
export function mends({
  changes,
  steps,
  undoes,
  nextBoot: { after },
}: Pick<Plan, "changes" | "steps" | "undoes" | "nextBoot">): boolean {
  if (undoes !== undefined) return true;
  const release = nextRelease(after);
  if (release === undefined) return false;
  return (
    changes.some(({ address }) => MENDING.includes(address)) ||
    broughtBy(steps).some(
      (kernel) => kernel === "unknown" || (kernel.release === release && kernel.part !== "headers"),
    )
  );
}

/** The kernels of the packages that these steps install. */
export function broughtBy(steps: readonly Step[]): readonly KernelOfPackage[] {
  return steps.flatMap((step) =>
    step.kind === "exec" && step.action.does === "install"
      ? step.action.packages.flatMap(({ kernel }) => kernel ?? [])
      : [],
  );
}

const MENDING = ["kernel.release", "kernel.initrd", "kernelOptions.root"];

export function errorsOf({ problems }: Bootability): readonly Diagnostic[] {
  return problems.filter(({ severity }) => severity === "error");
}
