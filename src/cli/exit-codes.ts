/** Every exit code of hostcfg. They are a contract with scripts and units: never reuse one, never change one. */
export const EXIT = {
  ok: 0,
  /** The command failed: bad input, a plan that is not applyable, a step that failed. */
  error: 1,
  /** `plan --detailed-exitcode`: changes to make, or something the spec asks for that no step brings about. */
  changes: 2,
  /** `verify`: the live host differs from the spec, and a reboot does not mend it. */
  unsatisfied: 2,
  /** `verify`: configured and staged; the next boot has it. */
  rebootPending: 3,
  /** `verify`: nothing contradicts the spec, but a fact could not be had. */
  unknown: 4,
  /** `status`: a trial is neither kept nor taken back; `apply` is refused as long as that is so. */
  trialPending: 5,
  /** `apply`: another apply or the package manager is at work on this host; EX_TEMPFAIL of sysexits(3). */
  locked: 75,
  /** `apply`: stopped by a signal after the running step; 128 + SIGINT. */
  interrupted: 130,
} as const;
