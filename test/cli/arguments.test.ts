import { describe, expect, it } from "vitest";
import { parseArguments, wantsJson } from "../../src/cli/arguments.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { Failure } from "../../src/cli/failure.ts";
import type { Options } from "../../src/cli/options.ts";

const NONE: Options = {
  root: undefined,
  chroot: false,
  capture: undefined,
  line: undefined,
  acsOverride: "auto",
  why: false,
  separate: false,
  device: undefined,
  deviceClass: undefined,
  vm: [],
  json: false,
  out: undefined,
  detailedExitcode: false,
  autoApprove: false,
  evenIfBroken: false,
  packages: false,
  planOnly: false,
  details: false,
  keepJournals: undefined,
  lockTimeout: undefined,
  record: false,
  confirmWithin: undefined,
  whenSatisfied: false,
  reboot: false,
  debug: false,
  noFiles: false,
  noColor: false,
};

function failureOf(line: string): Failure {
  try {
    parseArguments(line.split(" "));
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`"${line}" was accepted`);
}

describe("a command line", () => {
  it.each<
    [string, { command: string; argument?: string; options?: Partial<Options>; operands?: readonly string[] }]
  >([
    ["plan", { command: "plan" }],
    ["plan host.yaml", { command: "plan", argument: "host.yaml" }],
    ["--json plan host.yaml", { command: "plan", argument: "host.yaml", options: { json: true } }],
    ["plan --root /mnt --chroot", { command: "plan", options: { root: "/mnt", chroot: true } }],
    ["plan --root=/mnt", { command: "plan", options: { root: "/mnt" } }],
    ["plan --out=-odd-", { command: "plan", options: { out: "-odd-" } }],
    ["plan -- --odd", { command: "plan", argument: "--odd" }],
    [
      "plan --capture c.json --out p.json",
      { command: "plan", options: { capture: "c.json", out: "p.json" } },
    ],
    [
      "plan --detailed-exitcode --no-color",
      { command: "plan", options: { detailedExitcode: true, noColor: true } },
    ],
    ["apply p.json --auto-approve", { command: "apply", argument: "p.json", options: { autoApprove: true } }],
    ["groups --json", { command: "groups", options: { json: true } }],
    ["groups --options quiet", { command: "groups", options: { line: "quiet" } }],
    ["groups --options=", { command: "groups", options: { line: "" } }],
    ["groups --acs-override=assume", { command: "groups", options: { acsOverride: "assume" } }],
    [
      "groups --why 0c:00.0 0d:00.0",
      { command: "groups", options: { why: true }, operands: ["0c:00.0", "0d:00.0"] },
    ],
    [
      "groups 0c:00 0d:00 --separate",
      { command: "groups", options: { separate: true }, operands: ["0c:00", "0d:00"] },
    ],
  ])("%s", (line, { command, argument, options, operands = [] }) => {
    expect(parseArguments(line.split(" "))).toEqual({
      kind: "run",
      command: COMMANDS.find(({ name }) => name === command),
      argument,
      operands,
      options: { ...NONE, ...options },
    });
  });

  it.each([
    ["--help", undefined],
    ["-h", undefined],
    ["help", undefined],
    ["help plan", "plan"],
    ["plan --help", "plan"],
    ["plan -h --no-such-option", "plan"],
  ])("%s asks for help", (line, command) => {
    expect(parseArguments(line.split(" "))).toEqual({
      kind: "help",
      command: COMMANDS.find(({ name }) => name === command),
    });
  });

  it.each(["--version", "-V", "plan --version"])("%s asks for the version", (line) => {
    expect(parseArguments(line.split(" "))).toEqual({ kind: "version" });
  });

  it.each([
    ["pln", "unknown-command", 'there is no command "pln"', "did you mean plan?"],
    ["xyzzy", "unknown-command", 'there is no command "xyzzy"', undefined],
    ["toString", "unknown-command", 'there is no command "toString"', undefined],
    [
      "groups --acs-override=no",
      "option-value",
      '--acs-override takes auto, assume, absent; not "no"',
      undefined,
    ],
    [
      "groups --why 0c:00.0",
      "option-value",
      "--why takes two devices, not 1",
      "hostcfg groups --why 0c:00.0 0d:00.0",
    ],
    [
      "groups --why --separate a b",
      "contradicting-options",
      "--why and --separate are two questions: ask one",
      undefined,
    ],
    [
      "groups 0c:00.0",
      "extra-argument",
      'unexpected argument "0c:00.0"; groups takes no argument',
      undefined,
    ],
    ["plan --jsn", "unknown-option", "plan has no option --jsn", "did you mean --json?"],
    ["plan --constructor", "unknown-option", "plan has no option --constructor", undefined],
    [
      "apply --yes",
      "unknown-option",
      "apply has no option --yes",
      "to carry the plan out without a question: --auto-approve",
    ],
    [
      "apply -y",
      "unknown-option",
      "apply has no option -y",
      "to carry the plan out without a question: --auto-approve",
    ],
    [
      "apply --force",
      "unknown-option",
      "apply has no option --force",
      "to carry the plan out without a question: --auto-approve",
    ],
    [
      "apply --dry-run",
      "unknown-option",
      "apply has no option --dry-run",
      "to see what would change and change nothing: hostcfg plan",
    ],
    [
      "validate --debug",
      "unknown-option",
      "validate has no option --debug: validate looks at no host",
      undefined,
    ],
    ["plan -v", "unknown-option", "plan has no option -v", undefined],
    ["plan -x", "unknown-option", "plan has no option -x", undefined],
    [
      "groups --out f",
      "unknown-option",
      "groups has no option --out: it is an option of init, plan, report, capture",
      undefined,
    ],
    [
      "apply --capture c.json",
      "unknown-option",
      "apply has no option --capture: apply changes a machine, and a capture is only the record of one",
      undefined,
    ],
    [
      "apply --detailed-exitcode",
      "unknown-option",
      "apply has no option --detailed-exitcode: it is an option of plan, report",
      undefined,
    ],
    ["plan --root", "option-value", "--root needs a value: --root DIR", undefined],
    ["plan --root=", "option-value", "--root needs a value: --root DIR", undefined],
    [
      "plan --root --json",
      "option-value",
      "--root needs a value: --root DIR",
      "a name that begins with -: --root=--json",
    ],
    ["plan --json=yes", "option-value", "--json takes no value", undefined],
    ["plan --json --json", "option-twice", "--json is given twice", undefined],
    ["plan a b", "extra-argument", 'unexpected argument "b"; plan takes one SPEC', undefined],
    ["groups a", "extra-argument", 'unexpected argument "a"; groups takes no argument', undefined],
    [
      "plan --root /mnt --capture c",
      "contradicting-options",
      "--root and --capture name two different hosts: leave one out",
      undefined,
    ],
    [
      "verify --chroot",
      "contradicting-options",
      "--chroot says that programs of another root may run; it needs --root DIR",
      undefined,
    ],
  ])("%s is refused", (line, code, message, hint) => {
    const failure = failureOf(line);
    expect({ code: failure.code, message: failure.message, hint: failure.hint }).toEqual({
      code,
      message,
      hint,
    });
    expect(failure.usage).toMatch(/^hostcfg /);
  });

  it("without any word is refused with the way to the help", () => {
    expect(() => parseArguments([])).toThrow("no command was given");
  });

  it("shows the usage of the command that was called", () => {
    expect(failureOf("apply --nope").usage).toBe("hostcfg apply [SPEC or PLAN.json] [options]");
  });

  it.each([
    [["plan", "--json", "--nope"], true],
    [["plan", "--nope"], false],
    [["plan", "--", "--json"], false],
  ])("%j wants JSON: %s, even with a mistake in it", (argv, expected) => {
    expect(wantsJson(argv)).toBe(expected);
  });
});

describe("--lock-timeout", () => {
  const parsed = (...argv: string[]): unknown => {
    const invocation = parseArguments(argv);
    return invocation.kind === "run" ? invocation.options.lockTimeout : undefined;
  };

  it.each([
    ["apply", "0", 0],
    ["apply", "300", 300],
    ["undo", "86400", 86400],
  ])("of %s takes %s seconds", (command, value, seconds) => {
    expect(parsed(command, "--lock-timeout", value)).toBe(seconds);
  });

  it.each(["1.5", "-1", "86401", "2m", "1e3"])("takes no %s", (value) => {
    expect(() => parsed("apply", `--lock-timeout=${value}`)).toThrow(
      `--lock-timeout takes seconds, from 0 to 86400; not "${value}"`,
    );
  });

  it("is of no use where nothing is changed", () => {
    expect(() => parsed("plan", "--lock-timeout", "1")).toThrow("it is an option of apply, try, keep");
  });
});
