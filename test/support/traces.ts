import { afterAll, beforeAll, expect } from "vitest";
import { EMITTERS } from "./listeners.ts";

/** What fake timers replace. */
const CLOCKS = ["Date", "setTimeout", "clearTimeout", "setInterval", "setImmediate", "performance"] as const;

/** What the files of a worker share beside their modules, each by a name. */
function shared(): Map<string, unknown> {
  const variables = Object.entries(process.env).map(([name, value]) => [`variable ${name}`, value] as const);
  const listeners = Object.entries(EMITTERS).flatMap(([name, emitter]) =>
    emitter
      .eventNames()
      .map((event) => [`listeners of ${name}, ${String(event)}`, emitter.listenerCount(event)] as const),
  );
  return new Map<string, unknown>([
    ["working directory", process.cwd()],
    ["exit code", process.exitCode],
    ...Object.keys(globalThis).map((name) => [`global ${name}`, true] as const),
    ...CLOCKS.map((clock) => [`clock ${clock}`, globalThis[clock]] as const),
    ...variables,
    ...listeners,
  ]);
}

// For vitest, around each file: it leaves its process as it was, so that no file depends on which ones came before it. What
// the modules of src/ keep are constants.
let before = shared();
beforeAll(() => {
  before = shared();
});
afterAll(() => {
  const after = shared();
  const names = [...new Set([...before.keys(), ...after.keys()])];
  expect(names.filter((name) => !Object.is(before.get(name), after.get(name)))).toEqual([]);
});
