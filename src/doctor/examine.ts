import { checkBoot } from "../plan/check.ts";
import { readForDoctor } from "../plan/doctor-facts.ts";
import { bootToPredict, groupsReport } from "../plan/groups.ts";
import { overrideAfter } from "../plan/groups-override.ts";
import type { Reader } from "../host/reader.ts";
import type {
  BootEntryCheck,
  DoctorFinding,
  DoctorReport,
  DoctorVerdict,
  Fact,
  HostState,
} from "../model/index.ts";
import type { HostStatus } from "../verify-at-boot/status.ts";
import { graphics } from "./graphics.ts";
import { interrupts, iommu } from "./iommu.ts";
import { acsOverride, initrds, secureBoot } from "./kernel.ts";
import { loader, nextBoot } from "./loader.ts";
import { processor } from "./processor.ts";
import { space } from "./space.ts";
import { unfinished } from "./unfinished.ts";

export interface Patient {
  readonly reader: Reader;
  /** As a plan without declarations reads it. */
  readonly state: HostState;
  /** What hostcfg's own records say. */
  readonly status: Fact<HostStatus>;
}

/** What the other commands know of a host, and what follows for one that is to hand devices to virtual machines. */
export async function examine({ reader, state, status }: Patient): Promise<DoctorReport> {
  const bootable = await checkBoot({ reader, state });
  const facts = await readForDoctor(reader, state, bootable);
  const boot = bootToPredict(state, undefined);
  const patch = facts.patch.known ? facts.patch.value : undefined;
  const override = await overrideAfter(reader, state, boot, patch);
  const groups = groupsReport(state, { boot, ...override });
  const findings = [
    processor(state, facts),
    iommu(state, groups),
    interrupts(state, facts, boot.options),
    ...graphics(state),
    loader(state),
    ...nextBoot(bootable),
    initrds(state),
    secureBoot(state, releaseOf(bootable.entry)),
    acsOverride(state, facts.patch, boot),
    ...space(state, [bootable.entry, bootable.fallback].map(releaseOf).flatMap(known)),
    ...unfinished(status),
  ];
  return { formatVersion: "1.0", verdict: worstOf(findings), findings };
}

function releaseOf(entry: Fact<BootEntryCheck>): Fact<string> {
  return entry.known ? entry.value.release : entry;
}

function known<T>(fact: Fact<T>): readonly T[] {
  return fact.known ? [fact.value] : [];
}

const WORST_FIRST: readonly DoctorVerdict[] = ["fail", "unknown", "warn"];

function worstOf(findings: readonly DoctorFinding[]): DoctorVerdict {
  return WORST_FIRST.find((verdict) => findings.some((one) => one.verdict === verdict)) ?? "pass";
}
