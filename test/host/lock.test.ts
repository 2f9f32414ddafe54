import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tryLock } from "../../src/host/lock.ts";
import { RootHost } from "../../src/host/root-host.ts";

/** Of open(2): names a place and opens no file, so flock(2) refuses it. Node has no constant for it. */
const O_PATH = 0o10000000;

let folder: string;
let file: string;
let host: RootHost;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hostcfg-"));
  file = path.join(folder, "lock");
  host = new RootHost({ root: "/", commands: "host" });
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

/** Says "started" in its log and ends when there is a file `go`, or after ten seconds at the latest. */
function waitingCommand(): string[] {
  const wait = `for i in $(seq 200); do [ -e ${folder}/go ] && exit; sleep 0.05; done`;
  return ["sh", "-c", `echo started; ${wait}`];
}

/** A process that takes the lock and runs a command, as an apply does. */
async function startApply(): Promise<{ kill(): Promise<void> }> {
  const program = path.join(folder, "apply.mjs");
  const log = path.join(folder, "log");
  const options = JSON.stringify({ log, timeoutSeconds: 60 });
  await build({
    stdin: {
      contents: `
        import { RootHost } from "./root-host.ts";
        const host = new RootHost({ root: "/", commands: "host" });
        await host.lock(${JSON.stringify(file)});
        await host.exec(${JSON.stringify(waitingCommand())}, ${options});
      `,
      resolveDir: fileURLToPath(new URL("../../src/host", import.meta.url)),
    },
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["execa"],
  });
  const child = spawn(process.execPath, [program], { stdio: "ignore" });
  const ended = once(child, "exit");
  await expect
    .poll(() => fs.existsSync(log) && fs.readFileSync(log, "utf8"), { timeout: 10_000 })
    .toBe("started\n");
  return {
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

describe("the lock", () => {
  it("outlives a killed hostcfg as long as the command that it ran", async () => {
    const apply = await startApply();
    await apply.kill();
    expect(await host.lock(file)).toBeUndefined();

    fs.writeFileSync(path.join(folder, "go"), "");
    await expect.poll(() => host.lock(file), { timeout: 10_000 }).toBeDefined();
  });

  it("is not held by a command of somebody who released it", async () => {
    const lock = await host.lock(file);
    await lock?.release();
    await lock?.release();
    const ended = host.exec(waitingCommand(), { log: path.join(folder, "log"), timeoutSeconds: 60 });
    await expect.poll(() => host.lock(file)).toBeDefined();
    fs.writeFileSync(path.join(folder, "go"), "");
    expect(await ended).toMatchObject({ kind: "exited", exitCode: 0 });
  });

  it("is a file that only its owner may open, and never one behind a link", async () => {
    const lock = await host.lock(file);
    expect(fs.statSync(file).mode & 0o7777).toBe(0o600);
    await lock?.release();
    fs.symlinkSync("elsewhere", path.join(folder, "link"));
    await expect(host.lock(path.join(folder, "link"))).rejects.toMatchObject({ code: "ELOOP" });
  });

  it("fails with the complaint of flock where it cannot be taken", async () => {
    const place = fs.openSync(folder, O_PATH);
    try {
      await expect(tryLock(place, file)).rejects.toMatchObject({
        code: "ELOCK",
        path: file,
        message: expect.stringContaining("Bad file descriptor") as string,
      });
    } finally {
      fs.closeSync(place);
    }
  });
});
