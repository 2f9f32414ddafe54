import type { Check } from "./check.ts";
import {
  devicesDefined,
  devicesUsed,
  noRepeatedDevice,
  selectorsDiffer,
  selectorsSelect,
} from "./devices.ts";
import { enoughMountPoints } from "./health.ts";
import { linkPaths, linkTargets, noLinkLoop } from "./links.ts";
import { optionNames } from "./option-names.ts";
import { noContradiction, noDuplicateOption, noSeparator, optionsFit, optionTexts } from "./options.ts";
import { noDuplicatePackage } from "./packages.ts";
import { noControlCharacters } from "./texts.ts";

/** All that must be true of a spec beyond its schema. */
export const CHECKS: readonly Check[] = [
  noControlCharacters,
  devicesDefined,
  devicesUsed,
  noRepeatedDevice,
  selectorsSelect,
  selectorsDiffer,
  noDuplicatePackage,
  linkPaths,
  linkTargets,
  noLinkLoop,
  optionTexts,
  optionNames,
  noSeparator,
  optionsFit,
  noContradiction,
  noDuplicateOption,
  enoughMountPoints,
];
