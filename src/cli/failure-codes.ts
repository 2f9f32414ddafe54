/**
 * Why a command can fail before it has a result, as `error.code` of its JSON. The names are part of the
 * interface: scripts match on them, so they are never renamed. A failed call of the machine has its errno name
 * (`EACCES`) there instead, or `ECAPTURE` for a question that a capture has no answer to.
 */
export const FAILURES = {
  // The call
  "no-command": "No command was given.",
  "unknown-command": "There is no such command.",
  "unknown-option": "The command has no such option.",
  "option-twice": "An option is given twice.",
  "option-value": "An option lacks its value, or has one that it does not take.",
  "extra-argument": "More arguments than the command takes.",
  "same-device": "The two devices that were asked about are one.",
  "unknown-address": "No PCI device of the host has the address that was asked about.",
  "groups-unknown": "What was asked about groups cannot be answered, since the groups cannot be predicted.",
  "contradicting-options": "Options that make no sense together.",

  // The files that it names
  "spec-missing": "No spec was named, and there is no host.yaml.",
  "file-too-large": "A file that the command line names is larger than any of its kind.",
  "file-missing": "A named file does not exist.",
  "not-a-file": "A named path is not a regular file.",
  "folder-missing": "A required folder is missing.",
  "invalid-spec": "The spec has errors; they are among the diagnostics.",
  "invalid-capture": "The file is no capture that this hostcfg reads.",
  "invalid-plan": "The file is no saved plan that this hostcfg applies.",
  "plan-for-spec": "A saved plan was named where a spec is read.",
  "capture-for-spec": "A capture was named where a spec is read.",
  "lock-for-spec": "A device lock was named where a spec is read.",
  "report-for-spec": "A page of hostcfg report was named where a spec is read.",
  "out-exists": "The file that --out names is there, and hostcfg did not write it.",

  // Apply
  "needs-root": "Only root can change the running host, and read the records of what was applied.",
  "needs-approval": "There is nobody to ask, and nothing approved the plan beforehand.",
  "needs-chroot": "The plan runs programs of another root, and --chroot was not given.",
  "not-applyable": "The plan has errors.",
  "host-not-bootable": "The host would not come up as it is now, and the plan does not repair that.",
  "trial-pending": "A trial is neither kept nor taken back yet.",
  "no-reboot": "The host was to be rebooted, and that could not be started.",
  "no-trial": "There is no trial to be kept or taken back.",
  "stale-plan": "The host has changed since the plan was saved.",

  // Verify at boot
  "spec-outside-root": "The spec is not a file of the root that --root names.",

  // History and undo
  "unknown-apply": "The journal has no record of that number.",
  "nothing-applied": "There is no apply that could be undone.",
  "damaged-record": "The record of an apply cannot be read.",

  "internal-error": "A bug in hostcfg.",
} as const;

export type FailureCode = keyof typeof FAILURES;
