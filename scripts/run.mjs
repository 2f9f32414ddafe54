// Runs a TypeScript file of this folder: Node 20 reads none, so it is bundled first. node scripts/run.mjs NAME ARGUMENT…
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const [name, ...argv] = process.argv.slice(2);
// Not in a temporary folder: packages are found from where the file is.
const outfile = at(`.cache/${name}.mjs`);

await build({
  entryPoints: [at(`scripts/${name}.ts`)],
  outfile,
  bundle: true,
  format: "esm",
  target: "node20.19",
  platform: "neutral",
  mainFields: ["module", "main"],
  external: ["node:*", "execa"],
  logLevel: "warning",
});
const { status } = spawnSync(process.execPath, [outfile, ...argv], { cwd: at("."), stdio: "inherit" });
process.exitCode = status ?? 1;
