// Bundles the command line into dist/: one file, because each further module costs a millisecond of start-up, and
// beside it what only few commands need (the source asks for it with a dynamic import).
import { chmodSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const common = {
  bundle: true,
  format: "esm",
  target: "node20.19",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
};

/** How the source imports it -> its file in dist/, and how that is made. */
const APART = {
  // It brings CommonJS packages that ask for Node's modules with require, which an ES module has not.
  execa: {
    file: "execa.js",
    contents: 'export { execa } from "execa";',
    platform: "node",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  },
  "./validate-plan.gen.js": {
    file: "validate-plan.js",
    contents: 'export { default } from "./src/plan/validate-plan.gen.js";',
    platform: "neutral",
  },
  "../host/validate-capture.gen.js": {
    file: "validate-capture.js",
    contents: 'export { default } from "./src/host/validate-capture.gen.js";',
    platform: "neutral",
  },
};

const apart = {
  name: "apart",
  setup: ({ onResolve }) => {
    onResolve({ filter: /./ }, ({ path, kind }) => {
      const entry = kind === "dynamic-import" ? APART[path] : undefined;
      return entry === undefined ? undefined : { path: `./${entry.file}`, external: true };
    });
  },
};

rmSync(at("dist"), { recursive: true, force: true });
await build({
  ...common,
  entryPoints: { hostcfg: at("src/cli/hostcfg.ts"), demo: at("scripts/demo.ts") },
  outdir: at("dist"),
  // Not "node": that chooses the CommonJS builds of packages, which are larger and need require.
  platform: "neutral",
  mainFields: ["module", "main"],
  external: ["node:*"],
  plugins: [apart],
});
for (const { file, contents, ...options } of Object.values(APART)) {
  await build({
    ...common,
    ...options,
    stdin: { contents, resolveDir: at(".") },
    outfile: at(`dist/${file}`),
  });
}
chmodSync(at("dist/hostcfg.js"), 0o755);
