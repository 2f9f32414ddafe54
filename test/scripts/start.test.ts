import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-start-"));
const start = join(folder, "hostcfg.js");

function node(...argv: readonly string[]): { exit: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  return { exit: status, stdout, stderr };
}

/** A program for the start script that prints one word; of one length, whatever the word. */
function writeProgram(word: "first" | "later"): void {
  fs.writeFileSync(join(folder, "main.js"), `(()=>({"./main.js"(){console.log("${word}")}}))\n`);
}

const cachesThere = (): readonly string[] => fs.readdirSync(folder).filter((name) => name.endsWith(".cache"));

describe("the script that starts the program", () => {
  beforeAll(async () => {
    // As scripts/bundle.mjs does it.
    await build({
      entryPoints: [at("scripts/start.cjs")],
      outfile: start,
      bundle: true,
      format: "cjs",
      target: "node20.19",
      platform: "node",
    });
    writeProgram("first");
  });
  afterAll(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it.each(["18.19.0", "20.18.3", "12.22.12"])("answers Node %s with one sentence and exit 1", (version) => {
    const older = join(folder, "older.cjs");
    fs.writeFileSync(
      older,
      `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`,
    );
    const { exit, stdout, stderr } = node("--require", older, start, "--version");
    expect(stderr).toBe(
      `error: hostcfg needs Node.js 20.19 or newer, and this is ${version}: install a newer Node.js, or hostcfg's own package or executable, which need none\n`,
    );
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
  });

  it("refuses what the manifest refuses", () => {
    const [, oldest] = /OLDEST = \[(.*)\]/.exec(fs.readFileSync(start, "utf8")) ?? [];
    expect(`>=${oldest?.split(", ").join(".") ?? ""}`).toBe(manifest.engines.node);
  });

  it("takes what was compiled by this very program, and never what another one compiled", () => {
    writeProgram("first");
    expect(node(at("scripts/warm.cjs"), start)).toEqual({ exit: 0, stdout: "first\n", stderr: "" });
    // V8 knows its source by the length only, so that shows whether the cache was taken.
    writeProgram("later");
    expect(node(start).stdout).toBe("first\n");
    const [cache = ""] = cachesThere();
    expect(cache).toContain(`${process.version}-${process.arch}-`);
    fs.renameSync(join(folder, cache), join(folder, cache.replace(process.version, "v20.19.0")));
    expect(node(start).stdout).toBe("later\n");
  });
});
