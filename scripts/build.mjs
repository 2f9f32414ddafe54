// Bundles the command line into dist/: what every command needs in one file, because each further module costs a
// millisecond of start-up, and beside it what only some commands need (the source asks for it with a dynamic import).
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { buildStart, bundle } from "./bundle.mjs";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const common = {
  bundle: true,
  format: "esm",
  target: "node20.19",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  // Not "node": that chooses the CommonJS builds of packages, which are larger.
  platform: "neutral",
  mainFields: ["module", "main"],
  external: ["node:*"],
  write: false,
};

rmSync(at("dist"), { recursive: true, force: true });
mkdirSync(at("dist"));
writeFileSync(at("dist/package.json"), '{ "type": "commonjs" }\n');

/** One that knows what of a package is for Node, and is bundled by itself: its dependencies say it by conditions. */
const execaApart = {
  name: "execa-apart",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^execa$/ }, () => ({ path: "./execa.js", external: true }));
  },
};

const program = await build({
  ...common,
  splitting: true,
  metafile: true,
  // "./" before the name of each, as they name each other.
  absWorkingDir: at("dist"),
  entryPoints: { main: at("src/cli/hostcfg.ts") },
  outdir: at("dist"),
  plugins: [execaApart],
});
const execa = await build({ ...common, platform: "node", entryPoints: ["execa"], outdir: at("dist") });

const { outputs } = program.metafile;
const outputOf = (source) =>
  Object.keys(outputs).find((output) => outputs[output].entryPoint === `../src/cli/${source}`);
const [main, engine] = ["hostcfg.ts", "engine.ts"].map(outputOf);

// The many small files that esbuild splits off go back into the two that a command starts with.
const ofMain = withImports(main);
const packs = {
  [main]: [...ofMain],
  [engine]: [...withImports(engine)].filter((output) => !ofMain.has(output)),
};
const packed = new Set(Object.values(packs).flat());
for (const output of Object.keys(outputs)) if (!packed.has(output)) packs[output] = [output];

const texts = new Map(program.outputFiles.map(({ path, text }) => [relative(at("dist"), path), text]));
for (const [file, outputs] of Object.entries(packs)) {
  await writePack(
    file,
    outputs.map((output) => [output, texts.get(output)]),
  );
}
await writePack("execa.js", [["execa.js", execa.outputFiles[0].text]]);
await buildStart(at("scripts/start.cjs"), at("dist/hostcfg.js"));
chmodSync(at("dist/hostcfg.js"), 0o755);

/** An output and those that it imports, however far, without what it asks for only later. */
function withImports(output, found = new Set()) {
  if (found.has(output)) return found;
  found.add(output);
  for (const { path, kind, external } of outputs[output].imports) {
    if (kind === "import-statement" && !external) withImports(path, found);
  }
  return found;
}

/** Modules as a script for scripts/start.cjs: V8's code cache is for scripts, and a script cannot import. */
async function writePack(file, modules) {
  const functions = [];
  for (const [name, text] of modules) {
    const { code } = await transform(text, {
      format: "cjs",
      target: common.target,
      minify: true,
      supported: { "dynamic-import": false },
    });
    functions.push(`${JSON.stringify(`./${name}`)}(exports,require,module){${inAscii(code)}}`);
  }
  writeFileSync(at(`dist/${file}`), `(()=>({${functions.join(",\n")}}))\n`);
}

/** scripts/start.cjs reads Latin-1, and esbuild leaves other characters in tagged templates as they are. */
function inAscii(code) {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

// The demo is no part of the program; it stays a module, and finds the recorded hosts beside itself.
await build({
  ...common,
  entryPoints: [at("scripts/demo.ts")],
  outfile: at("dist/demo.mjs"),
  external: ["node:*", "execa"],
  write: true,
});

// Made from the record of commands and from the schema.
const share = at(".cache/share.mjs");
await bundle("share", share);
const shared = spawnSync(process.execPath, [share, at("dist/share")], { cwd: at("."), stdio: "inherit" });
if (shared.status !== 0) throw new Error("no manual pages and completions were made");

// Of each file what these commands ran of it is kept compiled, the first that loads it deciding. Their results do not
// matter, and without the recorded hosts (in a package from the registry) there is just no cache.
const host = at("test/hosts/pop-x570");
for (const argv of [["plan", "--capture", `${host}/capture.json`, `${host}/host.yaml`], ["--help"]]) {
  spawnSync(process.execPath, [at("scripts/warm.cjs"), at("dist/hostcfg.js"), ...argv]);
}
