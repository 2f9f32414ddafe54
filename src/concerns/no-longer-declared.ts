import { ownsOptions } from "../boot/owns-options.ts";
import type { Change, HostState, NoLongerDeclared, SetEarlier } from "../model/index.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import { unheld } from "./kernel.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";
import { linksGivenBack } from "./boot-symlinks.ts";

/**
 * What the spec no longer declares, under one rule: what is hostcfg's own goes or is given back, what is not stays, and
 * what cannot safely be given back stays and is said. docs/taking-out.md has it for users.
 *
 * Options, vfio files and the pins of GRUB and kernelstub show on the host that they are hostcfg's; what else is, only the
 * records of applies tell.
 */
export interface Former extends Pick<ConcernResult, "changes" | "steps"> {
  /** Of what stays. */
  readonly kept: readonly NoLongerDeclared[];
}

/** The spec, with what it has to say for hostcfg's own to go where it says nothing. */
export function withDropped(spec: HostSpec, state: HostState): HostSpec {
  const files = state.vfio?.files;
  const binds = spec.vfio === undefined && files?.known === true && files.value.length > 0;
  const options = spec.kernelOptions === undefined && ownsOptions(state);
  return {
    ...spec,
    ...(binds ? { vfio: { devices: [] } } : {}),
    ...(options ? { kernelOptions: {} } : {}),
  };
}

export function former(input: ConcernInput, earlier: readonly SetEarlier[]): Former {
  const links = linksGivenBack(input, earlier);
  const holds = unheld(input, earlier);
  return {
    changes: [...links.changes, ...holds.changes],
    steps: [...links.steps, ...holds.steps],
    kept: [...links.kept, ...keptPackages(input, earlier), ...keptRelease(input, earlier)],
  };
}

const PACKAGES = "kernel.packages.";

function keptPackages(
  { spec, state, debs }: ConcernInput,
  earlier: readonly SetEarlier[],
): NoLongerDeclared[] {
  const declared = new Set([
    ...(spec.kernel?.packages ?? []).flatMap((entry) => ("name" in entry ? [entry.name] : [])),
    ...debs.flatMap(({ control }) => (control.known ? [control.value.package] : [])),
  ]);
  const installed = state.packages.known ? state.packages.value : [];
  // A file that cannot be read any more may be any of them.
  if (debs.some(({ control }) => !control.known)) return [];
  return earlier.flatMap(({ address, apply }) => {
    const name = address.startsWith(PACKAGES) ? address.slice(PACKAGES.length) : "";
    const there = installed.some((one) => one.name === name && one.state === "installed");
    return !there || declared.has(name)
      ? []
      : [
          {
            address,
            outcome: "kept",
            reason: `apply ${apply} installed it, and hostcfg removes no packages: a kernel less is a way back less`,
          },
        ];
  });
}

const RELEASE = "kernel.release";

/** GRUB and kernelstub have a pin of hostcfg's own, which goes; the others only a setting that may have been anybody's before. */
function keptRelease(
  { spec, state: { bootLoader } }: ConcernInput,
  earlier: readonly SetEarlier[],
): NoLongerDeclared[] {
  const pinned = earlier.find(({ address }) => address === RELEASE);
  const { detected } = bootLoader;
  if (spec.kernel?.release !== undefined || pinned === undefined || !detected.known) return [];
  const how = GIVEN_BACK_BY[detected.value];
  return how === undefined
    ? []
    : [
        {
          address: RELEASE,
          outcome: "kept",
          reason: `apply ${pinned.apply} made ${pinned.after} the default, and what was meant to boot before is not known; ${how}`,
        },
      ];
}

const GIVEN_BACK_BY = {
  grub: undefined,
  kernelstub: undefined,
  "systemd-boot":
    "to have the newest kernel boot: take \"default\" out of loader.conf, or sudo bootctl set-default ''",
  proxmox: "to have the newest kernel boot: sudo proxmox-boot-tool kernel unpin",
} as const;

/** All of it, for the plan to show. */
export function noLongerDeclared(
  spec: HostSpec,
  changes: readonly Change[],
  { changes: own = [], kept }: Former,
): readonly NoLongerDeclared[] {
  const absent = new Set(spec.kernelOptions?.absent ?? []);
  const isDropped = ({ address, action }: Change): boolean =>
    action === "delete" &&
    ((address.startsWith("kernelOptions.") && !absent.has(address.slice("kernelOptions.".length))) ||
      (address === "vfio" && spec.vfio === undefined) ||
      address === RELEASE);
  return [
    ...[...changes.filter(isDropped), ...own].map(({ address, reason }): NoLongerDeclared => ({
      address,
      outcome: "given-back",
      reason,
    })),
    ...kept,
  ];
}
