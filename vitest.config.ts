import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/system/**"],
    setupFiles: ["test/support/seed.ts"],
    globalSetup: ["test/support/left-out.ts"],
  },
});
