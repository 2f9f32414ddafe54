import type { LockHolder } from "../host/host.ts";
import type { Diagnostic, Fact, NextBoot, Step } from "../model/index.ts";

/** All that can happen while a plan is applied; the CLI prints them, nothing else does. */
export type ApplyEvent =
  /** Once a second while another program works on the packages, before the apply begins or between two steps. */
  | {
      readonly kind: "waiting";
      /** Path of the lock file on the host. */
      readonly lock: string;
      readonly holder: LockHolder;
      readonly seconds: number;
      readonly limitSeconds: number;
    }
  /** The end of the waiting, whether the lock is free now or not. */
  | { readonly kind: "waited"; readonly lock: string; readonly holder: LockHolder; readonly seconds: number }
  | { readonly kind: "apply-started"; readonly journal: string; readonly steps: number }
  | { readonly kind: "step-started"; readonly step: Step }
  | { readonly kind: "step-done"; readonly step: Step; readonly seconds: number; readonly log?: string }
  | {
      readonly kind: "step-failed";
      readonly step: Step;
      readonly seconds: number;
      readonly why: string;
      readonly log?: string;
      /** The last lines that the command printed. */
      readonly tail?: string;
    }
  /** A file was written, and could not be given all that the old one had. */
  | { readonly kind: "attributes-lost"; readonly path: string; readonly why: string }
  | { readonly kind: "interrupted"; readonly after: number };

/** How an apply ended. `apply --json` prints it with the plan and the verification. */
export type ApplyOutcome =
  | { readonly status: "nothing-to-do" }
  | {
      readonly status: "applied";
      readonly journal: string;
      readonly steps: number;
      /** Why a reboot, which the plan needs, may not come up; absent where what boots next is whole. */
      readonly doubt?: string;
    }
  | {
      readonly status: "failed";
      /** Absent where nothing was changed. */
      readonly journal?: string;
      readonly step: number;
      readonly why: string;
      readonly hint: string;
      /** What boots next as things stand now: the first thing to know before anybody reboots. */
      readonly nextBoot: Fact<NextBoot>;
    }
  | {
      readonly status: "interrupted";
      /** Absent where it ended before its first step. */
      readonly journal?: string;
      readonly done: number;
      readonly left: number;
      readonly nextBoot: Fact<NextBoot>;
    }
  /** The host moved on since the plan was shown: nothing was done. */
  | { readonly status: "stale"; readonly moved: readonly string[] }
  /** The host was broken before the first step, and nothing was done. */
  | { readonly status: "not-bootable"; readonly problems: readonly Diagnostic[] }
  /** Another program worked on the packages for longer than the apply was to wait, and nothing was done. */
  | {
      readonly status: "busy";
      readonly lock: string;
      readonly holder: LockHolder;
      readonly seconds: number;
    }
  /** Another apply holds the lock. */
  | { readonly status: "locked" };
