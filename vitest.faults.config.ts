import { defineConfig } from "vitest/config";

// Every call of an apply and an undo cut and failed in turn: in folders and in this process, so it needs no root, but
// minutes. FAULTS=all tries every errno at every call, else they take turns.
export default defineConfig({
  test: {
    maxWorkers: "100%",
    include: ["test/faults/*.test.ts"],
    setupFiles: ["test/support/seed.ts"],
    globalSetup: ["test/faults/support/table.ts", "test/support/scratch.ts"],
  },
});
