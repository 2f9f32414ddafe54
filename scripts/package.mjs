// Makes dist/hostcfg-linux-ARCH, hostcfg and Node.js in one file: node scripts/package.mjs [x64 | arm64]. Needs what
// npm run build made. Node.js is an LTS release of the npm registry, so that nothing here compiles one.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildStart } from "./bundle.mjs";
import { packagedNode } from "./nodes.mjs";

const POSTJECT = "postject@1.0.0-alpha.6";
/** What Node.js looks for in itself, to know that something was put in (its documentation of single executables). */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
/** What it printed is in the error where it fails; postject warns about sections that Node.js always has. */
const run = (program, ...argv) => execFileSync(program, argv, { stdio: ["ignore", "pipe", "pipe"] });

const [arch = "x64"] = process.argv.slice(2);
if (!existsSync(at("dist/hostcfg.js"))) throw new Error("nothing is built: npm run build");

const nodeOf = (arch) => join(packagedNode(arch), "bin/node");
/** The same release as a program of this machine: only that can be run here. */
const here = nodeOf(process.arch);
const isOwn = arch === process.arch;

mkdirSync(at(".cache"), { recursive: true });
const scratch = mkdtempSync(at(".cache/package-"));
try {
  const scripts = readdirSync(at("dist")).filter((name) => name.endsWith(".js"));
  for (const name of [...scripts, "package.json"]) copyFileSync(at(`dist/${name}`), join(scratch, name));
  // A code cache is for the processor as well, and no other one can be asked here.
  if (isOwn) warm();
  const assets = readdirSync(scratch).filter((name) => !["hostcfg.js", "package.json"].includes(name));
  await buildStart(at("scripts/start-executable.cjs"), join(scratch, "start.cjs"));
  const config = {
    main: join(scratch, "start.cjs"),
    output: join(scratch, "blob"),
    disableExperimentalSEAWarning: true,
    // Not what NODE_OPTIONS says: this is no Node.js for whoever calls it.
    execArgvExtension: "none",
    assets: Object.fromEntries(assets.map((name) => [nameOf(name), join(scratch, name)])),
  };
  writeFileSync(join(scratch, "config.json"), JSON.stringify(config));
  run(here, "--experimental-sea-config", join(scratch, "config.json"));

  const program = join(scratch, "program");
  copyFileSync(nodeOf(arch), program);
  chmodSync(program, 0o755);
  // Another processor's needs binutils of its own; that one stays as it came, and larger.
  if (isOwn) run("strip", program);
  run(process.execPath, postject(), program, "NODE_SEA_BLOB", config.output, "--sentinel-fuse", FUSE);
  renameSync(program, at(`dist/hostcfg-linux-${arch}`));
} finally {
  rmSync(scratch, { recursive: true });
}

/** As scripts/build.mjs does it for the Node.js that builds. */
function warm() {
  const host = at("test/hosts/pop-x570");
  for (const argv of [["plan", "--capture", `${host}/capture.json`, `${host}/host.yaml`], ["--help"]])
    spawnSync(here, [at("scripts/warm.cjs"), join(scratch, "hostcfg.js"), ...argv]);
  if (!readdirSync(scratch).some((name) => name.endsWith(".cache"))) throw new Error("nothing was compiled");
}

/** main.js.v24.1.0-x64-123.cache is main.js.cache in the executable, which is one program only. */
function nameOf(file) {
  return file.replace(/\.js\..*\.cache$/, ".js.cache");
}

/** The tool that Node.js names for this; it is asked for only here. */
function postject() {
  const folder = at(`.cache/${POSTJECT}`);
  if (!existsSync(folder)) run("npm", "install", "--silent", "--no-save", "--prefix", folder, POSTJECT);
  return join(folder, "node_modules/postject/dist/cli.js");
}
