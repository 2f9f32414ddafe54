import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Left to itself, vitest keeps one core free, which is half of a small machine.
    maxWorkers: "100%",
    // A fifth of the time went to collecting short-lived objects in V8's small space for them.
    execArgv: ["--max-semi-space-size=64"],
    // The files of a worker share its process and its modules, for loading those anew took a third of the time. What a
    // file leaves behind is a failure: test/support/traces.ts.
    isolate: false,
    // Many times what the longest takes, for a machine that has other work.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    include: ["test/**/*.test.ts"],
    exclude: ["test/system/**", "test/machines/**", "test/faults/**", "test/packages/**"],
    setupFiles: ["test/support/seed.ts", "test/support/traces.ts"],
    globalSetup: ["test/support/left-out.ts", "test/support/scratch.ts"],
  },
});
