import type { Capture } from "../host/capture.ts";
import type { Reader } from "../host/reader.ts";
import type { Tree } from "../host/tree.ts";
import type {
  AcsPatch,
  Bootability,
  DebFact,
  DeviceLock,
  DeviceLockFile,
  Diagnostic,
  DoctorReport,
  HealthFacts,
  HostState,
  Plan,
  SetEarlier,
  Verification,
} from "../model/index.ts";
import { checkDebs } from "../concerns/debs.ts";
import type { Patient } from "../doctor/examine.ts";
import type { ApplyInput } from "../apply/apply.ts";
import type { ReadCapture } from "../plan/capture.ts";
import type { GroupsQuestion, GroupsReport } from "../plan/groups.ts";
import { bootToPredict, groupsReport, sameDevice, unknownAddresses } from "../plan/groups.ts";
import type { PredictedBoot } from "../plan/groups.ts";
import { overrideAfter, overrideFor } from "../plan/groups-override.ts";
import type { ApplyOutcome } from "../apply/events.ts";
import type { Observed } from "../plan/make.ts";
import type { SavedPlan } from "../plan/saved.ts";
import { readCapture, takeCapture } from "../plan/capture.ts";
import type { CardToGive, FirstQuestion } from "../plan/first-spec.ts";
import { cardsToGive, firstLinks, firstSpec } from "../plan/first-spec.ts";
import type { HistoryEntry } from "../journal/record.ts";
import { readEarlier, readHistory, trialNow, unfinishedNow } from "../journal/history.ts";
import type { OpenTrial } from "../journal/trial.ts";
import type { PreImageRecord, PreImages } from "../journal/pre-images.ts";
import type { HostStatus } from "../verify-at-boot/status.ts";
import type { UndoOptions } from "../undo/undo.ts";
import type { UndoFacts } from "../undo/facts.ts";
import type { HostReport, ReportQuestion } from "../plan/report.ts";
import { bootAfter, hostReport } from "../plan/report.ts";
import { readHealth } from "../facts/health.ts";
import { lockNow, readLock } from "../plan/lock-file.ts";
import { makePlan } from "../plan/make.ts";
import type { BootLook } from "../plan/check.ts";
import type { Looked } from "../platform/new-initrd.ts";
import { probe, probeDebs } from "../plan/probe.ts";
import { readSavedPlan } from "../plan/saved.ts";
import { staleness } from "../apply/staleness.ts";
import { verify } from "../plan/verify.ts";
import type { LeaveInput } from "../leave/make.ts";
import type { AtBoot } from "../trial/at-boot.ts";
import type { TryInput } from "../trial/make.ts";
import type { DisableInput, EnableInput } from "../verify-at-boot/make.ts";
import type { RecordInput } from "../verify-at-boot/record.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import type { ReadInclude } from "../spec/include.ts";
import type { ParsedSpec } from "../spec/parse.ts";
import { parseSpec } from "../spec/parse.ts";

import type { AcsOverrideChoice } from "./options.ts";

/** At once, or once something was loaded or asked. */
type Soon<T> = T | Promise<T>;

/** The functions behind the commands. An interface, so that tests of the command line can say what happens. */
export interface Engine {
  parseSpec(path: string, bytes: Uint8Array, readInclude?: ReadInclude): Soon<ParsedSpec>;
  checkDebs(spec: HostSpec, debs: readonly DebFact[]): Soon<readonly Diagnostic[]>;
  probe(reader: Reader, spec?: HostSpec): Promise<HostState>;
  probeDebs(workspace: Reader, spec: HostSpec, specPath: string): Promise<readonly DebFact[]>;
  readHealth(
    reader: Reader,
    spec: HostSpec,
    state: Pick<HostState, "mounts">,
  ): Promise<HealthFacts | undefined>;
  readLock(workspace: Reader, specPath: string): Promise<DeviceLockFile | undefined>;
  lockNow(spec: HostSpec, state: HostState): Soon<DeviceLock | undefined>;
  makePlan(input: Observed & { readonly hostcfgVersion: string }): Soon<Plan>;
  readSavedPlan(bytes: Uint8Array): Promise<SavedPlan>;
  staleness(saved: Plan, now: Plan): Soon<readonly string[]>;
  applyPlan(input: ApplyInput): Promise<ApplyOutcome>;
  verify(input: Observed): Soon<Verification>;
  checkBoot(look: BootLook): Promise<Bootability>;
  lookAtNewInitrd(reader: Reader, made: string, old: string): Promise<Looked>;
  examine(patient: Patient): Promise<DoctorReport>;
  takeCapture(tree: Tree, spec: HostSpec | undefined, hostcfgVersion: string, now: Date): Promise<Capture>;
  readCapture(bytes: Uint8Array): Promise<ReadCapture>;
  bootToPredict(state: HostState, line: string | undefined): Soon<PredictedBoot>;
  overrideFor(
    reader: Reader,
    state: HostState,
    boot: PredictedBoot,
    choice: AcsOverrideChoice,
  ): Promise<Pick<GroupsQuestion, "acsOverride" | "acsOverrideEvidence" | "acsOverrideProven">>;
  bootAfter(plan: Plan, state: HostState): Soon<PredictedBoot>;
  overrideAfter(
    reader: Reader,
    state: HostState,
    boot: PredictedBoot,
    patch: AcsPatch | undefined,
  ): Promise<Pick<GroupsQuestion, "acsOverride" | "acsOverrideEvidence" | "acsOverrideProven">>;
  unknownAddresses(state: HostState, words: readonly string[]): Soon<readonly string[]>;
  sameDevice(state: HostState, words: readonly string[]): Soon<boolean>;
  groupsReport(state: HostState, question: GroupsQuestion): Soon<GroupsReport>;
  hostReport(question: ReportQuestion): Soon<HostReport>;
  firstSpec(question: FirstQuestion): Soon<string>;
  firstLinks(reader: Reader): FirstQuestion["links"];
  cardsToGive(state: HostState): Soon<readonly CardToGive[]>;
  readEarlier(reader: Reader): Soon<readonly SetEarlier[]>;
  readHistory(reader: Reader): Promise<readonly HistoryEntry[]>;
  unfinishedNow(reader: Reader): HistoryEntry | undefined;
  trialNow(reader: Reader): HistoryEntry | undefined;
  readPreImages(reader: Reader, record: PreImageRecord): Soon<PreImages>;
  readUndo(
    reader: Reader,
    history: readonly HistoryEntry[],
    entry: HistoryEntry,
    state: HostState,
  ): Soon<UndoFacts>;
  makeUndo(facts: UndoFacts, options: UndoOptions): Soon<Plan>;
  planEnableVerify(reader: Reader, input: Omit<EnableInput, "facts" | "ways">): Soon<Plan>;
  planTry(reader: Reader, input: TryInput): Soon<Plan>;
  makeKeep(reader: Reader, plan: Plan, trial: OpenTrial, state: HostState): Soon<Plan>;
  verifyTrial(input: Observed): Soon<Verification>;
  atBoot(trial: HistoryEntry | undefined, running: HostState["running"]): Soon<AtBoot>;
  planLeave(reader: Reader, input: LeaveInput): Soon<Plan>;
  planDisableVerify(reader: Reader, input: Omit<DisableInput, "facts">): Soon<Plan>;
  recordVerification(input: RecordInput): Soon<Diagnostic | undefined>;
  readStatus(reader: Reader, history: readonly HistoryEntry[]): Promise<HostStatus>;
}

/** Loaded when a command needs it: most commands only look. */
const applying = () => import("./engine-apply.ts");

const trying = () => import("./engine-trial.ts");

const doctoring = () => import("../doctor/examine.ts");

const verifyAtBoot = () => import("./engine-verify-at-boot.ts");

export const ENGINE: Engine = {
  parseSpec,
  checkDebs,
  probe,
  probeDebs,
  readHealth,
  readLock,
  lockNow,
  makePlan,
  readSavedPlan,
  staleness,
  applyPlan: async (input) => (await applying()).applyPlan(input),
  verify,
  checkBoot: async (look) => (await applying()).checkBoot(look),
  lookAtNewInitrd: async (...asked) => (await applying()).lookAtNewInitrd(...asked),
  examine: async (patient) => (await doctoring()).examine(patient),
  takeCapture,
  readCapture,
  bootToPredict,
  overrideFor,
  bootAfter,
  overrideAfter,
  unknownAddresses,
  sameDevice,
  groupsReport,
  hostReport,
  firstSpec,
  firstLinks,
  cardsToGive,
  readEarlier,
  readHistory,
  unfinishedNow,
  trialNow,
  readPreImages: async (reader, record) => (await applying()).readPreImages(reader, record),
  readUndo: async (...facts) => (await applying()).readUndo(...facts),
  makeUndo: async (facts, options) => (await applying()).makeUndo(facts, options),
  planEnableVerify: async (reader, input) => (await verifyAtBoot()).planEnableVerify(reader, input),
  planTry: async (reader, input) => (await trying()).planTry(reader, input),
  makeKeep: async (...input) => (await trying()).makeKeep(...input),
  verifyTrial: async (input) => (await trying()).verifyTrial(input),
  atBoot: async (...input) => (await trying()).atBoot(...input),
  planLeave: async (reader, input) => (await verifyAtBoot()).planLeave(reader, input),
  planDisableVerify: async (reader, input) => (await verifyAtBoot()).planDisableVerify(reader, input),
  recordVerification: async (input) => (await verifyAtBoot()).recordVerification(input),
  readStatus: async (reader, history) => (await verifyAtBoot()).readStatus(reader, history),
};
