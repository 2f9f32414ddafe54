import { defineConfig } from "vitest/config";

// Whole machines in QEMU, with firmware, loader and kernel (root, Debian): two at once, for each takes one core.
// MACHINES=all takes every story of every machine, for an hour.
export default defineConfig({
  test: {
    include: ["test/machines/**/*.test.ts"],
    globalSetup: ["test/system/rig/setup.ts"],
    pool: "forks",
    fileParallelism: false,
    maxConcurrency: 2,
    // Only a hang reaches it.
    testTimeout: 7_200_000,
    hookTimeout: 7_200_000,
    // A story tells as it goes on.
    disableConsoleIntercept: true,
    reporters: ["verbose"],
  },
});
