import { kernelWords, parseOption } from "../../cmdline.ts";
import type { Fact, IommuFacts, PciDevice, PredictedIommu, Running } from "../../model/index.ts";
import type { IommuOption, Maker } from "../iommu-options.ts";
import { iommuOptions, lastIntelSwitch, leavesGraphicsOut } from "../iommu-options.ts";
import type { AcsAnswers } from "./acs-answers.ts";
import { acsAnswers } from "./acs-answers.ts";
import { NO_OVERRIDE, parseAcsOverride } from "./acs-override.ts";
import type { Boot } from "./boot.ts";
import { isAst1150 } from "./dma-aliases.ts";
import { kernelRules } from "./kernel-rules.ts";
import { iommuMaker, isIommuFunction, nextIommu } from "./next-iommu.ts";
import { parsePciOptions } from "./pci-options.ts";
import { isolationSeen } from "./present-evidence.ts";
import type { Place, Topology } from "./topology.ts";
import { topologyOf } from "./topology.ts";
import type { Traits } from "./traits.ts";
import { traitsOf } from "./traits.ts";

/** What is known of the host; the parts of a HostState by their names there. */
export interface GroupingFacts {
  readonly devices: readonly PciDevice[];
  readonly iommu: IommuFacts;
  readonly running: Pick<Running, "release" | "cmdline">;
}

/** The boot whose groups are wanted. */
export interface GroupingBoot {
  /** The kernel's option line. */
  readonly options: string;
  /** Whether its kernel is taken to have the patch for pcie_acs_override. */
  readonly acsOverride: "assume" | "absent";
  /** As `uname -r` will show it; left out for the running kernel. */
  readonly kernelRelease?: string | undefined;
}

/** Facts and options, brought to what the kernel's procedure asks. */
export interface Situation {
  readonly topology: Topology;
  readonly traitsOf: (place: Place) => Traits;
  readonly answers: AcsAnswers;
  readonly boot: Boot;
  readonly iommu: PredictedIommu;
  readonly hasIommu: (place: Place) => boolean;
  readonly letsIdsThrough: (bridge: Place) => boolean;
  /** The number of the group that a device is in now. */
  readonly groupNow: (place: Place) => number | undefined;
}

export function situationOf(facts: GroupingFacts, next: GroupingBoot): Situation {
  const { iommu, running } = facts;
  const { release, cmdline } = running;
  const topology = topologyOf(facts.devices);
  const maker = iommuMaker(iommu, facts.devices);
  const presentLine = cmdline.known ? cmdline.value : "";
  const boot: Boot = {
    override: next.acsOverride === "assume" ? overrideIn(next.options) : NO_OVERRIDE,
    pci: pciOptionsIn(next.options),
    kernel: kernelRules(next.kernelRelease ?? (release.known ? release.value : undefined)),
    ivrs: maker === "amd",
    present: {
      iommuOn: iommu.groups.known ? iommu.groups.value.length > 0 : undefined,
      pci: pciOptionsIn(presentLine),
      override: overrideIn(presentLine),
    },
  };
  const numbers = numbersNow(iommu.groups);
  const groupNow = ({ address }: Place) => numbers.get(address);
  const traits = traitsOf(topology, boot.present.pci.noExtendedConfig, isolationSeen(topology, groupNow));
  return {
    topology,
    traitsOf: traits,
    answers: acsAnswers(topology, traits, boot),
    boot,
    iommu: nextIommu({
      iommu,
      maker,
      presentLine: cmdline,
      nextLine: next.options,
      ...releasesOf(facts, next),
      sameKernel: isSameKernel(facts, next),
    }),
    letsIdsThrough: ({ device }) => boot.kernel.ast1150LetsIdsThrough && isAst1150(device),
    hasIommu: iommuBefore(facts, next, maker, groupNow),
    groupNow,
  };
}

function releasesOf(
  { running: { release } }: GroupingFacts,
  { kernelRelease }: GroupingBoot,
): { readonly presentRelease?: string; readonly nextRelease?: string } {
  const present = release.known ? release.value : undefined;
  const next = kernelRelease ?? present;
  return {
    ...(present !== undefined && { presentRelease: present }),
    ...(next !== undefined && { nextRelease: next }),
  };
}

export function isSameKernel(
  { running: { release } }: GroupingFacts,
  { kernelRelease }: GroupingBoot,
): boolean {
  return kernelRelease === undefined || (release.known && release.value === kernelRelease);
}

export function overrideIn(line: string): Boot["override"] {
  return parseAcsOverride(valuesOf(line, "pcie_acs_override"));
}

export function pciOptionsIn(line: string): Boot["pci"] {
  return parsePciOptions(valuesOf(line, "pci"));
}

function valuesOf(line: string, wanted: string): string[] {
  return kernelWords(line)
    .map(parseOption)
    .flatMap(({ name, value }) => (name === wanted && value !== undefined ? [value] : []));
}

function numbersNow(groups: IommuFacts["groups"]): ReadonlyMap<string, number> {
  if (!groups.known) return new Map();
  return new Map(groups.value.flatMap(({ id, devices }) => devices.map((address) => [address, id] as const)));
}

/**
 * Which devices an IOMMU stands before. What has no group although the IOMMU is on is outside of every unit, and will
 * be; while it is off, only AMD's own function (class 0806) is known to be. Intel's graphics come and go with options.
 */
function iommuBefore(
  { iommu, running }: GroupingFacts,
  next: GroupingBoot,
  maker: Maker | undefined,
  groupNow: Situation["groupNow"],
): (place: Place) => boolean {
  const onNow = iommu.groups.known && iommu.groups.value.length > 0;
  const nextOptions = iommuOptions(next.options);
  const presentOptions = iommuOptions(known(running.cmdline) ?? next.options);
  const outNext = leavesGraphicsOut(nextOptions);
  // Debian's default is on but for the graphics, and intel_iommu=on is on for all.
  const outNow =
    leavesGraphicsOut(presentOptions) ||
    (lastIntelSwitch(presentOptions) === undefined && lastIntelSwitch(nextOptions) !== undefined);
  // What this boot shows of its own options counts more than what they should do.
  const same =
    onNow && JSON.stringify(intelWords(nextOptions)) === JSON.stringify(intelWords(presentOptions));
  return (place) => {
    if (!same && maker === "intel" && isIntelGraphics(place)) {
      if (outNext) return false;
      if (outNow) return true;
    }
    if (onNow) return groupNow(place) !== undefined;
    return !(maker === "amd" && isIommuFunction(place.device));
  };
}

function intelWords(options: readonly IommuOption[]): (readonly string[])[] {
  return options.filter(({ name }) => name === "intel_iommu").map(({ values }) => values);
}

export function isIntelGraphics({ device, above, vmd }: Place): boolean {
  return (
    device.vendor === "8086" && device.class.startsWith("03") && above === undefined && vmd === undefined
  );
}

function known<T>(fact: Fact<T>): T | undefined {
  return fact.known ? fact.value : undefined;
}
