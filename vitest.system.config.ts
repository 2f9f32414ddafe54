import { defineConfig } from "vitest/config";

// The tests in machines of their own with the real tools (root, Debian): one at a time, because each is a host with
// its own disks and two cores are soon busy, and with time limits that only a hang reaches.
export default defineConfig({
  test: {
    include: ["test/system/**/*.test.ts"],
    // Every call of every story, with the disks of each: by hand, npm run test:cuts.
    exclude: process.env["CUTS"] === undefined ? ["test/system/cuts/**"] : [],
    globalSetup: "test/system/rig/setup.ts",
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ["verbose"],
  },
});
