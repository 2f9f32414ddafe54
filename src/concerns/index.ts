import { acsOverride } from "./acs-override.ts";
import { bootSymlinks, declareLinks } from "./boot-symlinks.ts";
import type { Concern, LateConcern } from "./concern.ts";
import { deviceLock, withLocked } from "./device-lock.ts";
import { health, liveHealth } from "./health.ts";
import { declareHostname, hostnameCheck } from "./hostname-check.ts";
import { iommuKept } from "./iommu-kept.ts";
import { judgeGroups } from "./iommu-groups.ts";
import { secureBoot } from "./secure-boot.ts";
import { space } from "./space.ts";
import { judgedKernel } from "./judged-kernel.ts";
import { declareOptions, kernelOptions } from "./kernel-options.ts";
import { declareKernel, hold, release } from "./kernel.ts";
import { liveAcsOverride } from "./live/acs-override.ts";
import type { LiveConcern, WaitingConcern } from "./live/live.ts";
import { ofNow } from "./live/now.ts";
import { liveOptions } from "./live/options.ts";
import { liveRelease } from "./live/release.ts";
import { liveRequirements } from "./live/requirements.ts";
import { vfioGroups } from "./vfio/groups.ts";
import { vfioFindings } from "./vfio/live.ts";
import { vmDevices } from "./vm-devices.ts";
import type { Declare, SpecPart } from "./declare/declare.ts";
import { declareDevices } from "./declare/cards.ts";
import { declareGroups, declareVfio } from "./declare/virtual-machine.ts";

const iommuGroups: LateConcern = (input) => {
  const { requirements, diagnostics } = judgeGroups(input.spec, input.state, input.outlook);
  return { requirements, diagnostics: withLocked(diagnostics, input) };
};

/** All concerns, in the order in which their changes are shown. Packages come first: see ./packages.ts. */
export const CONCERNS: readonly Concern[] = [
  hostnameCheck,
  release,
  hold,
  space,
  bootSymlinks,
  kernelOptions,
  deviceLock,
  acsOverride,
  judgedKernel,
  health,
];

/** Those that judge by the boot that the plan leads to. */
export const LATE_CONCERNS: readonly LateConcern[] = [
  secureBoot,
  iommuKept,
  iommuGroups,
  vmDevices,
  vfioGroups,
];

/** Those that judge the live host, in the order in which verify shows them. */
export const LIVE_CONCERNS: readonly LiveConcern[] = [ofNow, liveRelease, liveOptions, liveHealth];

/** Those whose verdict waits for the reboot where one of the former does. */
export const WAITING_CONCERNS: readonly WaitingConcern[] = [
  ({ spec, state, plan }) => vfioFindings(spec, state, plan),
  liveAcsOverride,
  liveRequirements,
];

/**
 * What a first spec says of a host, part by part in its order. The compiler asks for each key of the spec: who adds one says
 * how `hostcfg init` declares it.
 */
export const DECLARE: Readonly<Record<SpecPart, Declare>> = {
  // Which hosts have something in common one host cannot tell.
  include: () => undefined,
  hostname: declareHostname,
  // It is detected, and a plan shows why.
  bootLoader: () => undefined,
  kernel: declareKernel,
  kernelOptions: declareOptions,
  bootSymlinks: declareLinks,
  devices: declareDevices,
  vfio: declareVfio,
  iommuGroups: declareGroups,
  // What makes a host well is for its people to say.
  health: () => undefined,
};
