import type { Command } from "./command.ts";
import type { OptionName } from "./options.ts";

export type CommandName =
  | "validate"
  | "plan"
  | "apply"
  | "verify"
  | "check"
  | "groups"
  | "capture"
  | "history"
  | "show"
  | "undo"
  | "status"
  | "enable-verify"
  | "disable-verify";

const TARGET: readonly OptionName[] = ["root", "chroot", "capture"];
const OUTPUT: readonly OptionName[] = ["json", "no-color", "help"];

/** Every command. A new one is a file in commands/ and a line in run.ts, a file and a line in help/, and an entry here. */
export const COMMANDS: Readonly<Record<CommandName, Command>> = {
  validate: {
    argument: "[SPEC]",
    summary: "check a spec: every mistake with its line and what to do about it",
    options: OUTPUT,
  },
  plan: {
    argument: "[SPEC]",
    summary: "show what would change, why, and what boots next; changes nothing",
    options: [...TARGET, "out", "detailed-exitcode", ...OUTPUT],
    refused: { "auto-approve": "plan changes nothing, so there is nothing to approve" },
  },
  apply: {
    argument: "[SPEC or PLAN.json]",
    summary: "show the plan, ask, carry it out, verify what can be verified now",
    options: ["root", "chroot", "auto-approve", "even-if-broken", "lock-timeout", "keep-journals", ...OUTPUT],
    refused: {
      capture: "apply changes a machine, and a capture is only the record of one",
      out: "apply carries a plan out; to save one: hostcfg plan --out FILE",
    },
  },
  verify: {
    argument: "[SPEC]",
    summary: "judge the running host against a spec, best after the reboot",
    options: [...TARGET, "record", ...OUTPUT],
    refused: { "auto-approve": "verify changes nothing, so there is nothing to approve" },
  },
  check: {
    summary: "judge from its files whether a host would come up and has a way back",
    options: [...TARGET, ...OUTPUT],
    refused: { "auto-approve": "check changes nothing, so there is nothing to approve" },
  },
  groups: {
    summary: "list the IOMMU groups, now and as they will be; what keeps two devices together",
    options: [...TARGET, "options", "acs-override", "why", "separate", ...OUTPUT],
  },
  status: {
    summary: "say how the host stands: what was verified, what was applied, what is open",
    options: ["root", ...OUTPUT],
    refused: {
      capture: "a capture holds nothing of what hostcfg keeps of a host",
      "auto-approve": "status changes nothing, so there is nothing to approve",
    },
  },
  "enable-verify": {
    argument: "[SPEC]",
    summary: "have systemd verify each boot, and fail a unit where it is not satisfied",
    options: ["root", "plan-only", "auto-approve", "keep-journals", ...OUTPUT],
    refused: {
      capture: "enable-verify changes a machine, and a capture is only the record of one",
      chroot: "enable-verify runs no programs",
    },
  },
  "disable-verify": {
    summary: "take away what enable-verify has set up",
    options: ["root", "plan-only", "auto-approve", "keep-journals", ...OUTPUT],
    refused: {
      capture: "disable-verify changes a machine, and a capture is only the record of one",
      chroot: "disable-verify runs no programs",
    },
  },
  history: {
    summary: "list what was applied: who, when, how it ended, what it changed",
    options: ["root", ...OUTPUT],
    refused: { capture: "a capture holds no records of applies" },
  },
  show: {
    argument: "ID",
    summary: "show the record of one apply: its changes, how far each step came, its logs",
    options: ["root", ...OUTPUT],
    refused: { capture: "a capture holds no records of applies" },
  },
  undo: {
    argument: "[ID]",
    summary: "take an apply back to the byte, the newest one when none is named",
    options: [
      "root",
      "chroot",
      "packages",
      "plan-only",
      "auto-approve",
      "lock-timeout",
      "keep-journals",
      ...OUTPUT,
    ],
    refused: {
      capture: "undo changes a machine, and a capture is only the record of one",
      out: "an undo is not saved; to see what it would do: hostcfg undo --plan-only",
    },
  },
  capture: {
    argument: "[SPEC]",
    summary: "record what the probes read, to plan elsewhere or to report a bug",
    options: ["root", "chroot", "out", ...OUTPUT],
    refused: { capture: "a capture is taken from a host, not from another capture" },
  },
};

export const COMMAND_NAMES: readonly CommandName[] = Object.keys(COMMANDS).filter(isCommand);

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** e.g. `hostcfg plan [SPEC] [options]`. */
export function usageOf(name: CommandName): string {
  const { argument } = COMMANDS[name];
  return ["hostcfg", name, ...(argument === undefined ? [] : [argument]), "[options]"].join(" ");
}
