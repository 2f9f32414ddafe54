import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/cli/commands/index.ts";
import { EXIT } from "../../../src/cli/exit-codes.ts";
import { renderHelp } from "../../../src/cli/views/help.ts";
import { expectGolden } from "../../support/golden.ts";

const OVERVIEW = { name: "hostcfg", help: renderHelp(undefined) };
const ALL = [OVERVIEW, ...COMMANDS.map((command) => ({ name: command.name, help: renderHelp(command) }))];

describe("the help", () => {
  it.each(ALL)("teaches $name", ({ name, help }) => {
    expectGolden(`test/cli/golden/help/${name}.txt`, help);
  });

  it.each(COMMANDS)("of $name has two examples or more, and its exit codes", ({ name, examples, exits }) => {
    expect(examples.length).toBeGreaterThanOrEqual(2);
    expect(examples[0]?.[1]).toContain(`hostcfg ${name}`);
    expect(exits.map(([code]) => code)).toEqual(expect.arrayContaining([EXIT.ok, EXIT.error]));
  });

  it.each(ALL)("of $name fits a terminal of 100 columns", ({ help }) => {
    expect(help.split("\n").filter((line) => line.length > 100)).toEqual([]);
  });
});
