import { chmodSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

/** Writes kernelstub's stand-in as one executable file for the machines, which have Node but no project. */
export function bundleKernelstub(file: string): void {
  buildSync({
    entryPoints: [fileURLToPath(new URL("kernelstub-program.ts", import.meta.url))],
    outfile: file,
    bundle: true,
    platform: "node",
    target: "node20",
    // A file without extension is CommonJS to Node.
    format: "cjs",
    banner: { js: "#!/usr/local/bin/node" },
    logLevel: "warning",
  });
  chmodSync(file, 0o755);
}
