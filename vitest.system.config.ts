import { defineConfig } from "vitest/config";

const cuts = process.env["CUTS"] !== undefined;

// The tests in machines of their own with the real tools (root, Debian): two at a time, because each leaves some of a
// core to the other, and with time limits that only a hang reaches.
export default defineConfig({
  test: {
    include: ["test/system/**/*.test.ts"],
    // Cuts on real disks are a run of their own, npm run test:cuts.
    exclude: cuts ? [] : ["test/system/cuts/**"],
    globalSetup: ["test/system/rig/setup.ts", ...(cuts ? ["test/system/rig/figures.ts"] : [])],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 900_000,
    hookTimeout: 900_000,
    reporters: ["verbose"],
  },
});
