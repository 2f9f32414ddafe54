import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Bundles a TypeScript file of this folder, as Node 20 reads none.
 *
 * @param {string} name The file's name without its ending.
 * @param {string} outfile Below this repository where the file imports packages, which are found from there.
 * @param {import("esbuild").BuildOptions} more
 */
export async function bundle(name, outfile, more = {}) {
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    format: "esm",
    target: "node20.19",
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["node:*", "execa"],
    logLevel: "warning",
    ...more,
  });
}

/**
 * Bundles a script that starts the program. Not minified: a Node that is too old must read it to its end to say so.
 *
 * @param {string} entry
 * @param {string} outfile
 */
export async function buildStart(entry, outfile) {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "cjs",
    target: "node20.19",
    platform: "node",
    logLevel: "warning",
  });
}
