import { describe, expect, it } from "vitest";
import { COMMAND_NAMES, COMMANDS } from "../../../src/cli/commands.ts";
import { EXIT } from "../../../src/cli/exit-codes.ts";
import { renderHelp } from "../../../src/cli/views/help.ts";
import { expectGolden } from "../../support/golden.ts";

describe("the help", () => {
  it.each([undefined, ...COMMAND_NAMES])("teaches %s", async (command) => {
    expectGolden(`test/cli/golden/help/${command ?? "hostcfg"}.txt`, await renderHelp(command));
  });

  it.each(COMMAND_NAMES)("of %s has two examples, and its exit codes", async (command) => {
    const { help } = await COMMANDS[command].loadHelp();
    expect(help.examples).toHaveLength(2);
    expect(help.examples[0]?.[1]).toContain(`hostcfg ${command}`);
    expect(help.exits.map(([code]) => code)).toEqual(expect.arrayContaining([EXIT.ok, EXIT.error]));
  });

  it.each([undefined, ...COMMAND_NAMES])("of %s fits a terminal of 100 columns", async (command) => {
    const lines = (await renderHelp(command)).split("\n");
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });
});
