import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import type { TestSpecification } from "vitest/node";

/** Those that take longest, from the longest on: begun first, no core is left idle while one of them ends. */
const LONGEST = ["trial", "proxmox", "grub", "kernelstub", "kernel-install", "dracut", "vfio"];

class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at === -1 ? LONGEST.length : at;
    };
    return Promise.resolve(files.toSorted((a, b) => place(a) - place(b)));
  }
}

// Every call of an apply and an undo cut and failed in turn, and the other walks along every call or from plan to plan: in
// folders and in this process, so it needs no root, but minutes. FAULTS=all tries every errno at every call, else they take
// turns.
export default defineConfig({
  test: {
    maxWorkers: "100%",
    // Each call makes many short-lived objects: with V8's small space for them a fifth of the time goes to collecting it.
    execArgv: ["--max-semi-space-size=64"],
    // Only a hang reaches it.
    testTimeout: 3_600_000,
    sequence: { sequencer: LongestFirst },
    include: ["test/faults/*.test.ts"],
    setupFiles: ["test/support/seed.ts"],
    globalSetup: ["test/faults/support/table.ts", "test/support/scratch.ts"],
  },
});
