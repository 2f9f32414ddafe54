import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ask, run } from "../../src/host/command.ts";

describe("asking a program", () => {
  it("gives what it said and its exit code", async () => {
    expect(await ask(["sh", "-c", "echo yes; echo but >&2; exit 3"], 10)).toEqual({
      ran: true,
      exitCode: 3,
      stdout: "yes\n",
      stderr: "but\n",
    });
  });

  it("keeps ^C of the terminal away from it, by a session of its own", async () => {
    const answer = await ask(["cat", "/proc/self/stat"], 10);
    // proc_pid_stat(5): pid, (name), state, parent, group, session.
    const [pid, , , , group, session] = answer.ran ? answer.stdout.split(" ") : [];
    expect([group, session]).toEqual([pid, pid]);
  });

  it("answers that it did not run only where it is not there", async () => {
    expect(await ask(["no-such-program"], 10)).toEqual({
      ran: false,
      why: "no-such-program is not installed",
    });
  });

  it.each([
    ["was killed", ["sh", "-c", "kill -INT $$"], 10, "sh was killed by SIGINT"],
    ["took too long", ["sleep", "60"], 0.1, "sleep did not answer within 0.1 s"],
    ["cannot be started", ["/etc"], 10, "/etc could not be started (EACCES)"],
  ])("fails where the program %s", async (_, argv, seconds, message) => {
    await expect(ask(argv, seconds)).rejects.toMatchObject({
      name: "HostError",
      code: "EQUERY",
      path: argv[0],
      message,
    });
  });
});

it("a command finds the programs of the given folder first, and so does what it starts", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hostcfg-"));
  const log = fs.openSync(path.join(folder, "log"), "a+");
  try {
    fs.writeFileSync(path.join(folder, "uname"), "#!/bin/sh\necho ours\n", { mode: 0o755 });
    expect(await run(["sh", "-c", "sh -c uname"], log, { timeoutSeconds: 10, programs: folder })).toEqual({
      kind: "exited",
      exitCode: 0,
    });
    expect(fs.readFileSync(path.join(folder, "log"), "utf8")).toBe("ours\n");
  } finally {
    fs.closeSync(log);
    fs.rmSync(folder, { recursive: true });
  }
});

describe("a command that takes too long", () => {
  let folder: string;
  let file: string;
  let log: number;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "hostcfg-"));
    file = path.join(folder, "log");
    log = fs.openSync(file, "a+");
  });
  afterEach(() => {
    vi.useRealTimers();
    fs.closeSync(log);
    fs.rmSync(folder, { recursive: true });
  });

  /** Says "ready", and "asked" to each SIGTERM; ends when there is a file `end`. */
  const stubborn = (): string[] => [
    "sh",
    "-c",
    `exec 2>/dev/null; trap 'echo asked' TERM; echo ready; until [ -e ${folder}/end ]; do sleep 0.05; done; echo whole`,
  ];

  /** Without timers, for a test may have stopped them. */
  async function logged(line: string): Promise<void> {
    while (!fs.readFileSync(file, "utf8").split("\n").includes(line)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it("is asked to end, and killed once the grace is over", async () => {
    const end = await run(stubborn(), log, { timeoutSeconds: 0.5, graceSeconds: 0.5 });
    expect(end).toEqual({ kind: "timed-out" });
    expect(fs.readFileSync(file, "utf8")).toBe("ready\nasked\n");
  });

  it("may come to its end in the two minutes after it was asked to", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const ended = run(stubborn(), log, { timeoutSeconds: 1 });
    await logged("ready");
    vi.advanceTimersByTime(1_000);
    await logged("asked");
    vi.advanceTimersByTime(119_999);
    fs.writeFileSync(path.join(folder, "end"), "");
    expect(await ended).toEqual({ kind: "timed-out" });
    expect(fs.readFileSync(file, "utf8")).toBe("ready\nasked\nwhole\n");
  });
});
