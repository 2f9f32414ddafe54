import type { Diagnostic, Fact, Finding, HealthFacts, HostState, NextBoot, Plan } from "../../model/index.ts";
import type { HostSpec } from "../../spec/host-spec.gen.ts";

/** What a judgement of the live host is made from: the spec, the host, and what a plan of the spec would say now. */
export interface LiveInput {
  readonly spec: HostSpec;
  readonly state: HostState;
  /** Absent where the spec names nothing of it. */
  readonly health?: HealthFacts;
  readonly plan: Pick<Plan, "changes" | "unchanged" | "requirements"> & {
    readonly diagnostics: readonly Diagnostic[];
    readonly nextBoot: { readonly before: Fact<NextBoot> };
  };
}

/** Judges one part of the spec against the live host. Pure. */
export type LiveConcern = (input: LiveInput) => readonly Finding[];

export interface WaitingInput extends LiveInput {
  /** What boots next is what the spec asks for, and this boot is not that yet. */
  readonly rebootPending: boolean;
}

/** One whose verdict waits for a pending reboot. */
export type WaitingConcern = (input: WaitingInput) => readonly Finding[];

export function finding(address: string, status: Finding["status"], reason: string): Finding {
  return { address, status, reason, offenders: [] };
}
