import type { Diagnostic, Fact, Finding, HostState, NextBoot, Plan } from "../../model/index.ts";
import type { HostSpec } from "../../spec/host-spec.gen.ts";

/** What a judgement of the live host is made from: the spec, the host, and what a plan of the spec would say now. */
export interface LiveInput {
  readonly spec: HostSpec;
  readonly state: HostState;
  readonly plan: Pick<Plan, "changes" | "unchanged" | "requirements"> & {
    readonly diagnostics: readonly Diagnostic[];
    readonly nextBoot: { readonly before: Fact<NextBoot> };
  };
}

/** Judges one part of the spec against the live host. Pure. */
export type LiveConcern = (input: LiveInput) => readonly Finding[];

/** One whose verdict waits for the reboot where what boots next is not what runs. */
export type WaitingConcern = (input: LiveInput & { readonly rebootPending: boolean }) => readonly Finding[];

export function finding(address: string, status: Finding["status"], reason: string): Finding {
  return { address, status, reason, offenders: [] };
}
