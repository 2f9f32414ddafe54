const UNITS = "/etc/systemd/system";

/** Judges the boot of a trial, and takes the trial back in any other. */
export const JUDGE = `${UNITS}/hostcfg-trial.service`;
/** Ends the boot of a trial that nobody has decided. */
export const LIMIT = `${UNITS}/hostcfg-trial-limit.service`;
export const JUDGE_WANTED = `${UNITS}/multi-user.target.wants/hostcfg-trial.service`;
export const LIMIT_WANTED = `${UNITS}/sysinit.target.wants/hostcfg-trial-limit.service`;

/** What is there as long as a trial is, in the order in which it is made: it goes the other way round. */
export const TRIAL_FILES: readonly string[] = [JUDGE, JUDGE_WANTED, LIMIT, LIMIT_WANTED];
