import { defineConfig } from "vitest/config";

const cuts = process.env["CUTS"] !== undefined;

// The tests in machines of their own with the real tools (root, Debian): one at a time, because each is a host with
// its own disks and two cores are soon busy, and with time limits that only a hang reaches.
export default defineConfig({
  test: {
    include: ["test/system/**/*.test.ts"],
    // Cuts on real disks are a run of their own, npm run test:cuts.
    exclude: cuts ? [] : ["test/system/cuts/**"],
    globalSetup: ["test/system/rig/setup.ts", ...(cuts ? ["test/system/rig/figures.ts"] : [])],
    pool: "forks",
    // A machine that is stopped at each call leaves most of a core to the next.
    maxWorkers: cuts ? 2 : 1,
    fileParallelism: cuts,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ["verbose"],
  },
});
