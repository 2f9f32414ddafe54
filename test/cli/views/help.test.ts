import { describe, expect, it } from "vitest";
import { COMMAND_NAMES } from "../../../src/cli/commands.ts";
import { EXIT } from "../../../src/cli/exit-codes.ts";
import { HELP } from "../../../src/cli/help/index.ts";
import { renderHelp } from "../../../src/cli/views/help.ts";
import { expectGolden } from "../../support/golden.ts";

describe("the help", () => {
  it.each([undefined, ...COMMAND_NAMES])("teaches %s", (command) => {
    expectGolden(`test/cli/golden/help/${command ?? "hostcfg"}.txt`, renderHelp(command));
  });

  it.each(COMMAND_NAMES)("of %s has two examples or more, and its exit codes", (command) => {
    const help = HELP[command];
    expect(help.examples.length).toBeGreaterThanOrEqual(2);
    expect(help.examples[0]?.[1]).toContain(`hostcfg ${command}`);
    expect(help.exits.map(([code]) => code)).toEqual(expect.arrayContaining([EXIT.ok, EXIT.error]));
  });

  it.each([undefined, ...COMMAND_NAMES])("of %s fits a terminal of 100 columns", (command) => {
    const lines = renderHelp(command).split("\n");
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });
});
