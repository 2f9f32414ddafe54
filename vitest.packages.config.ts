import { defineConfig } from "vitest/config";

// What a user installs: the packed archive of npm under several releases of Node.js, the executable, the Debian package.
export default defineConfig({
  test: {
    include: ["test/packages/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 600_000,
    reporters: ["verbose"],
  },
});
