import type { UnnumberedStep } from "../boot/loader.ts";
import type { Reader } from "../host/reader.ts";
import type { Change, Diagnostic, HostState, Plan, Task, Unchanged } from "../model/index.ts";
import { asItIs } from "../plan/as-it-is.ts";
import { commandProblems, hostProblems } from "./problems.ts";
import type { UnitFacts, UnitWays } from "./read.ts";
import { readUnit, readWays } from "./read.ts";
import type { UnitCommand } from "./unit.ts";
import { UNIT, UNIT_NAME, WANTED, WANTED_TARGET, unitText } from "./unit.ts";

export interface DisableInput {
  readonly facts: UnitFacts;
  readonly state: HostState;
  readonly hostcfgVersion: string;
}

export interface EnableInput extends DisableInput {
  readonly command: UnitCommand;
  readonly ways: UnitWays;
  /** Its path is the one inside of the host's root. */
  readonly spec: Plan["spec"];
  /** Of the spec: it is valid, but may have warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Digest of no bytes, of a spec that is not asked for. */
const NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const UNIT_ADDRESS = "verifyAtBoot.unit";
const START_ADDRESS = "verifyAtBoot.start";

/** Looks at the host, and makes the plan. Throws HostError where that may not be read. */
export function planEnableVerify(reader: Reader, input: Omit<EnableInput, "facts" | "ways">): Plan {
  const ways = readWays(reader, input.command, input.state.mounts, input.spec.include?.path);
  return makeEnable({ ...input, facts: readUnit(reader), ways });
}

/** As {@link planEnableVerify}. */
export function planDisableVerify(reader: Reader, input: Omit<DisableInput, "facts">): Plan {
  return makeDisable({ ...input, facts: readUnit(reader) });
}

/** The plan that has systemd verify each boot. Pure: the same input always gives the same plan. */
export function makeEnable(input: EnableInput): Plan {
  const { facts, command, ways, spec, diagnostics } = input;
  const problems = [...diagnostics, ...hostProblems(facts), ...commandProblems(command, ways)];
  if (problems.some(({ severity }) => severity === "error"))
    return planOf("enable-verify", input, spec, [], problems);
  const { unit, link } = facts;
  const content = unitText(command);
  const before = unit.text === undefined ? {} : { before: unit.text };
  return planOf(
    "enable-verify",
    input,
    spec,
    [
      unit.text === content
        ? unchanged(UNIT_ADDRESS, `${UNIT} verifies ${command.spec} already`)
        : {
            change: {
              address: UNIT_ADDRESS,
              action: unit.present.kind === "absent" ? "create" : "update",
              before: unit.present.kind === "absent" ? null : described(unit),
              after: `verifies ${command.spec}`,
              reason:
                unit.present.kind === "absent"
                  ? "no unit verifies this host"
                  : unit.command?.spec === command.spec
                    ? "it is not as this hostcfg writes it"
                    : "it verifies another spec",
              effect: "next-boot",
            },
            step: {
              kind: "writeFile",
              title: `write ${UNIT}`,
              serves: [UNIT_ADDRESS],
              path: UNIT,
              content,
              ...before,
              expect: unit.present,
            },
          },
      link.wants
        ? unchanged(START_ADDRESS, "multi-user.target starts it already")
        : {
            change: {
              address: START_ADDRESS,
              action: link.present.kind === "absent" ? "create" : "update",
              before: link.present.kind === "absent" ? null : `${WANTED} is something else`,
              after: "with multi-user.target",
              reason: "nothing starts the unit at boot",
              effect: "next-boot",
            },
            step: {
              kind: "symlink",
              title: `have multi-user.target start ${UNIT_NAME}`,
              serves: [START_ADDRESS],
              path: WANTED,
              target: WANTED_TARGET,
              expect: link.present,
            },
          },
    ],
    problems,
  );
}

/** The plan that takes away what {@link makeEnable} has set up: first what starts the unit, then the unit. */
export function makeDisable(input: DisableInput): Plan {
  const { unit, link } = input.facts;
  const spec = { path: unit.command?.spec ?? "", sha256: NOTHING, document: {} };
  const before = unit.text === undefined ? {} : { before: unit.text };
  // What is not hostcfg's, a mask for example, stays; and so does what starts it.
  const foreign = unit.present.kind !== "absent" && !unit.own;
  return planOf(
    "disable-verify",
    input,
    spec,
    [
      foreign || link.present.kind === "absent"
        ? unchanged(START_ADDRESS, foreign ? "what it would start is not hostcfg's" : "nothing starts it")
        : {
            change: {
              address: START_ADDRESS,
              action: "delete",
              before: "with multi-user.target",
              after: null,
              reason: "verify at boot is to be disabled",
              effect: "next-boot",
            },
            step: {
              kind: "remove",
              title: `have multi-user.target no longer start ${UNIT_NAME}`,
              serves: [START_ADDRESS],
              path: WANTED,
              expect: link.present,
            },
          },
      foreign || unit.present.kind === "absent"
        ? unchanged(UNIT_ADDRESS, foreign ? `${UNIT} is not hostcfg's` : `${UNIT} is not there`)
        : {
            change: {
              address: UNIT_ADDRESS,
              action: "delete",
              before: described(unit),
              after: null,
              reason: "verify at boot is to be disabled",
              effect: "next-boot",
            },
            step: {
              kind: "remove",
              title: `remove ${UNIT}`,
              serves: [UNIT_ADDRESS],
              path: UNIT,
              ...before,
              expect: unit.present,
            },
          },
    ],
    [],
  );
}

type Part = { readonly change: Change; readonly step: UnnumberedStep } | { readonly unchanged: Unchanged };

function unchanged(address: string, reason: string): Part {
  return { unchanged: { address, reason } };
}

function described({ command, own }: UnitFacts["unit"]): string {
  if (command !== undefined) return `verifies ${command.spec}`;
  return own ? "edited by hand" : "something else";
}

function planOf(
  task: Task,
  { state, hostcfgVersion }: DisableInput,
  spec: Plan["spec"],
  parts: readonly Part[],
  diagnostics: readonly Diagnostic[],
): Plan {
  const { host, nextBoot } = asItIs(state);
  const applyable = !diagnostics.some(({ severity }) => severity === "error");
  const todo = parts.flatMap((part) => ("step" in part ? [part] : []));
  return {
    formatVersion: "1.0",
    hostcfgVersion,
    spec,
    task,
    host,
    nextBoot: {
      before: nextBoot,
      after: nextBoot,
      afterUpgrade: { known: false, why: "nothing that boots is changed" },
    },
    changes: todo.map(({ change }) => change),
    unchanged: parts.flatMap((part) => ("unchanged" in part ? [part.unchanged] : [])),
    steps: todo.map(({ step }, at) => ({ ...step, id: at + 1 })),
    requirements: [],
    diagnostics,
    applyable,
    complete: applyable,
    rebootNeeded: false,
  };
}
