import { acsOverride } from "./acs-override.ts";
import { bootSymlinks } from "./boot-symlinks.ts";
import type { Concern, LateConcern } from "./concern.ts";
import { deviceLock, withLocked } from "./device-lock.ts";
import { health, liveHealth } from "./health.ts";
import { hostnameCheck } from "./hostname-check.ts";
import { iommuKept } from "./iommu-kept.ts";
import { judgeGroups } from "./iommu-groups.ts";
import { secureBoot } from "./secure-boot.ts";
import { space } from "./space.ts";
import { judgedKernel } from "./judged-kernel.ts";
import { kernelOptions } from "./kernel-options.ts";
import { hold, release } from "./kernel.ts";
import { liveAcsOverride } from "./live/acs-override.ts";
import type { LiveConcern, WaitingConcern } from "./live/live.ts";
import { ofNow } from "./live/now.ts";
import { liveOptions } from "./live/options.ts";
import { liveRelease } from "./live/release.ts";
import { liveRequirements } from "./live/requirements.ts";
import { vfioGroups } from "./vfio/groups.ts";
import { vfioFindings } from "./vfio/live.ts";
import { vmDevices } from "./vm-devices.ts";

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
