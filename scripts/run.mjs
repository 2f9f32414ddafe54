// Runs a TypeScript file of this folder: Node 20 reads none, so it is bundled first. node scripts/run.mjs NAME ARGUMENT…
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const [name, ...argv] = process.argv.slice(2);
const outfile = at(`.cache/${name}.mjs`);

await bundle(name, outfile);
const { status } = spawnSync(process.execPath, [outfile, ...argv], { cwd: at("."), stdio: "inherit" });
process.exitCode = status ?? 1;
