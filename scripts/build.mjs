// Bundles the command line into dist/. Split into chunks, so that a command loads only what it needs: the
// start-up of a plan is what a person waits for.
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { version } = JSON.parse(readFileSync(at("package.json"), "utf8"));

rmSync(at("dist"), { recursive: true, force: true });
const common = {
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  minifySyntax: true,
  minifyWhitespace: true,
  define: { HOSTCFG_VERSION: JSON.stringify(version) },
  legalComments: "none",
  logLevel: "warning",
  outdir: at("dist"),
  // Some packages are CommonJS and ask for Node's own modules with require.
  banner: { js: 'import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);' },
};
await build({ ...common, entryPoints: { hostcfg: at("src/cli/hostcfg.ts") } });
await build({ ...common, entryPoints: { demo: at("scripts/demo.ts") }, chunkNames: "demo-[name]-[hash]" });
