import { describe, expect, it } from "vitest";
import { COLOURED, PLAIN, styleFor } from "../../src/cli/style.ts";

describe("whether a stream gets colour", () => {
  it.each<[string, Parameters<typeof styleFor>[0], boolean]>([
    ["a terminal does", { noColor: false, env: {}, isTerminal: true }, true],
    ["a pipe does not", { noColor: false, env: {}, isTerminal: false }, false],
    ["a dumb terminal does not", { noColor: false, env: { TERM: "dumb" }, isTerminal: true }, false],
    ["--no-color beats the terminal", { noColor: true, env: {}, isTerminal: true }, false],
    ["--no-color beats FORCE_COLOR", { noColor: true, env: { FORCE_COLOR: "1" }, isTerminal: true }, false],
    ["NO_COLOR beats the terminal", { noColor: false, env: { NO_COLOR: "1" }, isTerminal: true }, false],
    [
      "NO_COLOR beats FORCE_COLOR",
      { noColor: false, env: { NO_COLOR: "1", FORCE_COLOR: "1" }, isTerminal: true },
      false,
    ],
    ["an empty NO_COLOR is none", { noColor: false, env: { NO_COLOR: "" }, isTerminal: true }, true],
    ["FORCE_COLOR beats the pipe", { noColor: false, env: { FORCE_COLOR: "1" }, isTerminal: false }, true],
    [
      "FORCE_COLOR=0 beats the terminal",
      { noColor: false, env: { FORCE_COLOR: "0" }, isTerminal: true },
      false,
    ],
  ])("%s", (_rule, stream, coloured) => {
    expect(styleFor(stream)).toEqual(coloured ? COLOURED : PLAIN);
  });
});

it("a stream that is a terminal has its width, but none that nobody could read", () => {
  const stream = { noColor: true, env: {}, isTerminal: true };
  expect(styleFor({ ...stream, columns: 120 }).columns).toBe(120);
  expect(styleFor({ ...stream, columns: 3 }).columns).toBe(40);
  expect(styleFor({ ...stream, isTerminal: false, columns: undefined }).columns).toBeUndefined();
});
