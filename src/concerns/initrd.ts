import { toMakeInitrd } from "../platform/initramfs.ts";
import { layoutOf } from "../platform/platforms.ts";
import { run } from "../boot/run.ts";
import type { DraftStep } from "../boot/loader.ts";
import { releaseToJudge } from "../boot/check.ts";
import { room, roomToMake } from "../boot/space.ts";
import type {
  Change,
  Diagnostic,
  HostState,
  InitramfsFacts,
  InitramfsGeneratorName,
  KernelFact,
  Unchanged,
} from "../model/index.ts";
import type { InitrdNeed } from "./concern.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";

const ADDRESS = "kernel.initrd";

/** What has to be done about the declared kernel's initrd, and the kernels as they are once it is. */
export interface InitrdPlan {
  /** The release whose initrd is made again. */
  readonly rebuilt?: string;
  readonly kernels: readonly KernelFact[];
  readonly changes: readonly Change[];
  readonly unchanged: readonly Unchanged[];
  readonly steps: readonly DraftStep[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The initrd of the declared release: made where it is missing, made again where it is older than what it is built from.
 * One that a package of the plan brings is its hooks' work, and is looked at again once they have run.
 */
export function planInitrd(
  spec: HostSpec,
  state: HostState,
  kernels: readonly KernelFact[],
  needs: readonly InitrdNeed[],
): InitrdPlan {
  const nothing = { kernels, changes: [], unchanged: [], steps: [], diagnostics: [] };
  const release = releaseFor(spec, state, needs);
  const kernel = kernels.find((one) => one.release === release);
  if (release === undefined || kernel === undefined || kernel.expected === true) return nothing;
  const { generator } = state.initramfs;
  if (!generator.known || !kernel.modules) return nothing;
  const by = generator.value;
  const defect = defectOf(kernel) ?? neededBy(needs);
  if (defect === undefined) {
    const fresh = kernel.initrdOlderThan?.known === true;
    return fresh
      ? { ...nothing, unchanged: [{ address: ADDRESS, reason: "newer than everything it is built from" }] }
      : { ...nothing, diagnostics: ageUnknown(kernel, state.initramfs) };
  }
  return {
    rebuilt: release,
    kernels: kernels.map((one) => (one === kernel ? withInitrd(state, kernel, kernels) : one)),
    changes: [
      {
        address: ADDRESS,
        action: defect.missing ? "create" : "update",
        before: defect.missing ? null : defect.what,
        after: `made for ${release}`,
        reason: defect.why,
        effect: "next-boot",
      },
    ],
    unchanged: [],
    steps: [stepFor(by, kernel, defect.missing, needs)],
    diagnostics: space(state, release, kernels),
  };
}

/** The declared release's; where none is declared, that of the next boot, if something needs it. */
function releaseFor(spec: HostSpec, state: HostState, needs: readonly InitrdNeed[]): string | undefined {
  if (spec.kernel?.release === undefined && needs.length === 0) return undefined;
  const release = releaseToJudge(state, spec);
  return release.known ? release.value : undefined;
}

function neededBy([need]: readonly InitrdNeed[]): Defect | undefined {
  return need === undefined
    ? undefined
    : { missing: false, what: "does not match the spec yet", why: need.why };
}

interface Defect {
  readonly missing: boolean;
  readonly what: string;
  readonly why: string;
}

function ageUnknown(kernel: KernelFact, initramfs: InitramfsFacts): readonly Diagnostic[] {
  const { release, initrdOlderThan } = kernel;
  if (initrdOlderThan?.known !== false) return [];
  return [
    {
      severity: "warning",
      code: "initrd-age-unknown",
      summary: `it is unknown whether the initrd of ${release} is older than its sources: ${initrdOlderThan.why}`,
      hint: `check the clock (timedatectl), sudo touch the files that are dated later, then ${toMakeInitrd(initramfs, kernel, false)}`,
      specPath: ["kernel", "release"],
    },
  ];
}

function defectOf({ initrd, initrdOlderThan }: KernelFact): Defect | undefined {
  if (initrd === undefined) return { missing: true, what: "missing", why: "there is no initrd" };
  if (initrd.size === 0)
    return { missing: false, what: "empty", why: "it is empty (a full disk, or an interrupted run)" };
  if (initrdOlderThan?.known !== true) return undefined;
  const [newest, ...others] = initrdOlderThan.value;
  if (newest === undefined) return undefined;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return { missing: false, what: "out of date", why: `${newest}${more} changed after it was made` };
}

/** As large as the largest that is there, until it is made. */
function withInitrd(state: HostState, kernel: KernelFact, kernels: readonly KernelFact[]): KernelFact {
  if (kernel.initrd !== undefined && kernel.initrd.size > 0) return kernel;
  const size = Math.max(1, ...kernels.map(({ initrd }) => initrd?.size ?? 0));
  return { ...kernel, initrd: { path: layoutOf(state).initrd(kernel.release), size } };
}

function stepFor(
  by: InitramfsGeneratorName,
  { release, name }: KernelFact,
  missing: boolean,
  needs: readonly InitrdNeed[],
): DraftStep {
  return run(
    "initrd",
    { does: "make-initrd", by, release, name, missing },
    {
      title: `make the initrd of ${release}`,
      serves: [ADDRESS, ...needs.flatMap(({ serves }) => serves)],
      flushes: ["/boot"],
    },
  );
}

/** The new one is written beside the old one. */
function space(state: HostState, release: string, kernels: readonly KernelFact[]): readonly Diagnostic[] {
  const demand = {
    code: "boot-space",
    where: "/boot",
    free: state.free.boot,
    bytes: Math.max(0, ...kernels.map(({ initrd }) => initrd?.size ?? 0)),
    what: `a new initrd for ${release} beside the present one`,
    guessed: true,
  } as const;
  return [...room(demand, [], state.initramfs).diagnostics, ...roomToMake(state, kernels)];
}
