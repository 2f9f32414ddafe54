// Bundles the command line into dist/. Few files, because each module that is loaded costs a millisecond of start-up;
// only what few commands need (the source says so with a dynamic import) is in files of its own.
import { chmodSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * execa brings CommonJS packages that ask for Node's modules with require, which an ES module has not. It is built
 * alone, so that only the commands that run a program pay for making one.
 */
const EXECA = "./execa.js";
const execaApart = {
  name: "execa-apart",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^execa$/ }, () => ({ path: EXECA, external: true }));
  },
};

const common = {
  bundle: true,
  format: "esm",
  target: "node20.19",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
};

rmSync(at("dist"), { recursive: true, force: true });
// The demo is built alone: what it shares with the command line would else be cut into more, smaller files.
for (const [name, entry] of [
  ["hostcfg", "src/cli/hostcfg.ts"],
  ["demo", "scripts/demo.ts"],
]) {
  await build({
    ...common,
    entryPoints: { [name]: at(entry) },
    outdir: at("dist"),
    splitting: true,
    chunkNames: `${name}-[hash]`,
    // Not "node": that chooses the CommonJS builds of packages, which are larger and need require.
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["node:*"],
    plugins: [execaApart],
  });
}
await build({
  ...common,
  stdin: { contents: 'export { execa } from "execa";', resolveDir: at(".") },
  outfile: at(`dist/${EXECA}`),
  platform: "node",
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
});
chmodSync(at("dist/hostcfg.js"), 0o755);
