import { spawn } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realIo } from "../../src/cli/real-io.ts";
import { withoutNewListeners } from "../support/listeners.ts";
import { materialise, snapshot } from "../support/materialise.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-cli-"));
const host = recordedHost("intel-z390");
const capture = join(host.folder, "capture.json");

interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the bundled program in `folder`; `redirect` replaces its stdout by a file. */
function hostcfg(args: readonly string[], redirect?: string): Promise<Ended> {
  const out = redirect === undefined ? "pipe" : fs.openSync(redirect, "w");
  const child = spawn(process.execPath, [join(folder, "hostcfg.js"), ...args], {
    cwd: folder,
    stdio: ["ignore", out, "pipe"],
  });
  return new Promise((resolve) => {
    const ended = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (piece: string) => (ended.stdout += piece));
    child.stderr?.setEncoding("utf8").on("data", (piece: string) => (ended.stderr += piece));
    child.on("close", (exit) => {
      if (typeof out === "number") fs.closeSync(out);
      resolve({ exit, ...ended });
    });
  });
}

describe("the program as a process", () => {
  withoutNewListeners();

  beforeAll(async () => {
    await build({
      entryPoints: [fileURLToPath(new URL("../../src/cli/hostcfg.ts", import.meta.url))],
      outdir: folder,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20.19",
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
    });
    fs.writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    fs.copyFileSync(host.spec, join(folder, "host.yaml"));
    materialise(host.capture, join(folder, "root"));
  });

  afterAll(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it("ends with the exit code of the command", async () => {
    expect(await hostcfg(["--version"])).toMatchObject({ exit: 0, stderr: "" });
    expect(await hostcfg(["no-such-command"])).toMatchObject({ exit: 1, stdout: "" });
    expect(await hostcfg(["plan", "--capture", capture, "--detailed-exitcode"])).toMatchObject({ exit: 2 });
  });

  it("writes the saved plan, and the same on stdout", async () => {
    const ran = await hostcfg(["plan", "--capture", capture, "--json", "--out", "plan.json"]);
    expect(ran.exit).toBe(0);
    expect(fs.readFileSync(join(folder, "plan.json"), "utf8")).toBe(ran.stdout);
  });

  it("writes nothing while it plans and verifies another root", async () => {
    const root = join(folder, "root");
    const before = snapshot(root);
    expect(await hostcfg(["plan", "--root", "root"])).toMatchObject({ exit: 0, stderr: "" });
    await hostcfg(["verify", "--root", "root"]);
    expect(snapshot(root)).toBe(before);
  });

  it("goes on quietly when nobody reads its output any more", async () => {
    const line = `"${process.execPath}" hostcfg.js plan --json --capture "${capture}"; echo "exit $?" >&2`;
    const child = spawn("sh", ["-c", `{ ${line}; } | true`], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (piece: string) => (stderr += piece));
    await new Promise((resolve) => child.on("close", resolve));
    expect(stderr).toBe("exit 0\n");
  });

  it("says that its output was lost when the disk is full, without a stack", async () => {
    const ran = await hostcfg(["plan", "--json", "--capture", capture], "/dev/full");
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toMatch(/^error: the output could not be written: ENOSPC.*\n$/);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "hears %s only once somebody asks, and does not die of it",
    (signal) => {
      const heard = () => process.listenerCount(signal);
      const before = heard();
      const io = realIo();
      expect(heard()).toBe(before);
      const { interrupted } = io;
      expect(heard()).toBe(before + 1);
      expect(interrupted.aborted).toBe(false);
      process.emit(signal);
      expect(interrupted.aborted).toBe(true);
      expect(io.interrupted).toBe(interrupted);
    },
  );
});
