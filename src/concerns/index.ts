import { acsOverride } from "./acs-override.ts";
import { bootSymlinks } from "./boot-symlinks.ts";
import type { Concern } from "./concern.ts";
import { guards } from "./guards.ts";
import { judgeGroups } from "./iommu-groups.ts";
import { secureBoot } from "./secure-boot.ts";
import { space } from "./space.ts";
import { kernelOptions } from "./kernel-options.ts";
import { hold, release } from "./kernel.ts";

const iommuGroups: Concern = ({ spec, state }) => judgeGroups(spec, state);

/** All concerns, in the order in which their changes are shown. Packages come first: see ./packages.ts. */
export const CONCERNS: readonly Concern[] = [
  guards,
  release,
  secureBoot,
  hold,
  space,
  bootSymlinks,
  kernelOptions,
  acsOverride,
  iommuGroups,
];
