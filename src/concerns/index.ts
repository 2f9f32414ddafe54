import { bootSymlinks } from "./boot-symlinks.ts";
import type { Concern } from "./concern.ts";
import { deviceLock, withLocked } from "./device-lock.ts";
import { guards } from "./guards.ts";
import { judgeGroups } from "./iommu-groups.ts";
import { secureBoot } from "./secure-boot.ts";
import { space } from "./space.ts";
import { kernelOptions } from "./kernel-options.ts";
import { hold, release } from "./kernel.ts";
import { vmDevices } from "./vm-devices.ts";

const iommuGroups: Concern = (input) => {
  const { requirements, diagnostics } = judgeGroups(input.spec, input.state);
  return { requirements, diagnostics: withLocked(diagnostics, input) };
};

/** All concerns, in the order in which their changes are shown. Packages come first: see ./packages.ts. */
export const CONCERNS: readonly Concern[] = [
  guards,
  release,
  secureBoot,
  hold,
  space,
  bootSymlinks,
  kernelOptions,
  deviceLock,
  iommuGroups,
  vmDevices,
];
