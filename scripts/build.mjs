// Bundles the command line into dist/: one file, because each further module costs a millisecond of start-up, and
// beside it what only few commands need (the source asks for it with a dynamic import).
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** How the source imports it -> its file in dist/. One with `names` exports these, the others a default. */
const APART = {
  "./unpackers.ts": { file: "unpackers.js", from: "./src/host/kernel-image/unpackers.ts", names: true },
  execa: { file: "execa.js", from: "execa", names: true, platform: "node" },
  "./validate-plan.gen.js": { file: "validate-plan.js", from: "./src/plan/validate-plan.gen.js" },
  "./validate-lock.gen.js": { file: "validate-lock.js", from: "./src/plan/validate-lock.gen.js" },
  "../host/validate-capture.gen.js": {
    file: "validate-capture.js",
    from: "./src/host/validate-capture.gen.js",
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

const common = {
  bundle: true,
  // CommonJS: V8's code cache (scripts/start.cjs) is for scripts, and Node starts it quicker.
  format: "cjs",
  target: "node20.19",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  // Not "node": that chooses the CommonJS builds of packages, which are larger.
  platform: "neutral",
  mainFields: ["module", "main"],
  external: ["node:*"],
  // A script that V8 starts from a cache cannot import; it can require.
  supported: { "dynamic-import": false },
};

rmSync(at("dist"), { recursive: true, force: true });
mkdirSync(at("dist"));
writeFileSync(at("dist/package.json"), '{ "type": "commonjs" }\n');
await build({
  ...common,
  entryPoints: [at("src/cli/hostcfg.ts")],
  outfile: at("dist/main.js"),
  plugins: [apart],
});
for (const { file, from, names, ...options } of Object.values(APART)) {
  // As Node sees CommonJS from a module: what is exported is the default.
  const contents = names ? `export * from "${from}";` : `module.exports = require("${from}").default;`;
  const stdin = { contents, resolveDir: at(".") };
  await build({ ...common, ...options, stdin, outfile: at(`dist/${file}`) });
}
copyFileSync(at("scripts/start.cjs"), at("dist/hostcfg.js"));
chmodSync(at("dist/hostcfg.js"), 0o755);

// The demo is no part of the program; it stays a module, and finds the recorded hosts beside itself.
await build({
  ...common,
  format: "esm",
  supported: {},
  entryPoints: [at("scripts/demo.ts")],
  outfile: at("dist/demo.mjs"),
  external: ["node:*", "execa"],
});

// A plan runs most of the program. Its result does not matter, and without the recorded hosts (in a package from the
// registry) there is just no cache.
const host = at("test/hosts/pop-x570");
const plan = ["plan", "--capture", `${host}/capture.json`, `${host}/host.yaml`];
spawnSync(process.execPath, [at("scripts/warm.cjs"), at("dist/hostcfg.js"), at("dist/main.cache"), ...plan]);
