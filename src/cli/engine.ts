import type { Capture } from "../host/capture.ts";
import type { Reader } from "../host/reader.ts";
import type { Tree } from "../host/tree.ts";
import type { DebFact, Diagnostic, HostState, Plan, Verification } from "../model.ts";
import type { GroupsReport } from "../pci/groups-report.ts";
import type { ApplyInput } from "../plan/apply.ts";
import type { ReadCapture } from "../plan/capture.ts";
import type { ApplyOutcome } from "../plan/events.ts";
import type { Observed } from "../plan/make.ts";
import type { SavedPlan } from "../plan/saved.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import type { ParsedSpec } from "../spec/parse.ts";

/**
 * The functions behind the commands, each loaded when it is first called: `--help` and a spec with a mistake
 * must not pay for what they do not use. An interface, so that tests of the command line can say what happens.
 */
export interface Engine {
  parseSpec(path: string, bytes: Uint8Array): Promise<ParsedSpec>;
  checkDebs(spec: HostSpec, debs: readonly DebFact[]): Promise<readonly Diagnostic[]>;
  probe(reader: Reader, spec?: HostSpec): Promise<HostState>;
  probeDebs(workspace: Reader, spec: HostSpec, specPath: string): Promise<readonly DebFact[]>;
  makePlan(input: Observed & { readonly hostcfgVersion: string }): Promise<Plan>;
  readSavedPlan(bytes: Uint8Array): Promise<SavedPlan>;
  staleness(saved: Plan, now: Plan): Promise<readonly string[]>;
  applyPlan(input: ApplyInput): Promise<ApplyOutcome>;
  verify(input: Observed): Promise<Verification>;
  takeCapture(tree: Tree, spec: HostSpec | undefined, hostcfgVersion: string, now: Date): Promise<Capture>;
  readCapture(bytes: Uint8Array): Promise<ReadCapture>;
  groupsReport(state: HostState): Promise<GroupsReport>;
}

export const ENGINE: Engine = {
  parseSpec: async (path, bytes) => (await import("../spec/parse.ts")).parseSpec(path, bytes),
  checkDebs: async (spec, debs) => (await import("../concerns/debs.ts")).checkDebs(spec, debs),
  probe: async (reader, spec) => (await import("../plan/probe.ts")).probe(reader, spec),
  probeDebs: async (workspace, spec, specPath) =>
    (await import("../plan/probe.ts")).probeDebs(workspace, spec, specPath),
  makePlan: async (input) => (await import("../plan/make.ts")).makePlan(input),
  readSavedPlan: async (bytes) => (await import("../plan/saved.ts")).readSavedPlan(bytes),
  staleness: async (saved, now) => (await import("../plan/saved.ts")).staleness(saved, now),
  applyPlan: async (input) => (await import("../plan/apply.ts")).applyPlan(input),
  verify: async (input) => (await import("../plan/verify.ts")).verify(input),
  takeCapture: async (tree, spec, hostcfgVersion, now) =>
    (await import("../plan/capture.ts")).takeCapture(tree, spec, hostcfgVersion, now),
  readCapture: async (bytes) => (await import("../plan/capture.ts")).readCapture(bytes),
  groupsReport: async (state) => (await import("../pci/groups-report.ts")).groupsReport(state),
};
