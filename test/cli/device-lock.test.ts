import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";
import type { Capture } from "../../src/host/capture.ts";
import { HostError } from "../../src/host/reader.ts";
import type { DeviceLock } from "../../src/model/index.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise } from "../support/materialise.ts";
import { recordedHost } from "../support/recorded-hosts.ts";
import { standInIo } from "../support/stand-in-io.ts";

const MOVED = recordedHost("moved-card");
const TWINS = recordedHost("two-identical-gpus");

let work: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-lock-"));
});
afterEach(() => {
  fs.rmSync(work, { recursive: true });
});

const lockFile = (): string => join(work, "host.lock.json");
const readLock = (): DeviceLock => JSON.parse(fs.readFileSync(lockFile(), "utf8")) as DeviceLock;

/** Puts the spec and the lock of a recorded host into the folder, and its tree where apply can change it. */
function place({ spec, lock, capture }: typeof MOVED): StandInHost {
  fs.copyFileSync(spec, join(work, "host.yaml"));
  if (lock !== undefined) fs.copyFileSync(lock, lockFile());
  materialise(capture, join(work, "root"));
  return new StandInHost(join(work, "root"));
}

async function hostcfg(line: string, on: StandInHost | Capture, change: (io: Io) => Io = (io) => io) {
  const { io, printed } = standInIo(work, on);
  const written: string[] = [];
  const writeBeside = io.workspace.writeBeside.bind(io.workspace);
  io.workspace.writeBeside = (sibling, path, text) => {
    written.push(path);
    writeBeside(sibling, path, text);
  };
  const exit = await main(line.split(" "), change(io));
  return { exit, ...printed, written };
}

const APPLY = "apply --auto-approve";

describe("apply", () => {
  it("records where a card is now, drops what the spec does not name any more, and says so in one line", async () => {
    const host = place(MOVED);
    expect(Object.keys(readLock().devices)).toEqual(["tv-card", "vm-gpu"]);
    const applied = await hostcfg(APPLY, host);
    expect(applied).toMatchObject({ exit: 0, written: [lockFile()] });
    expect(applied.stdout).toContain(
      `\nWrote ${lockFile()}: it records which cards the spec's devices are. Keep it in version control, beside the spec.\n`,
    );
    expect(readLock()).toEqual({
      formatVersion: "1.0",
      devices: {
        "vm-gpu": {
          rootBus: "0000:00",
          path: "01.0/00",
          slot: "0000:01:00",
          functions: [
            { function: 0, id: "10de:1380", subsystem: "1043:84b6" },
            { function: 1, id: "10de:0fbc", subsystem: "1043:84b6" },
          ],
        },
      },
    });
  });

  it("writes a lock once: a second apply writes nothing, and a third neither once somebody laid it out anew", async () => {
    const host = place(MOVED);
    await hostcfg(APPLY, host);
    expect(await hostcfg(APPLY, host)).toMatchObject({ exit: 0, written: [] });
    const dense = JSON.stringify(readLock());
    fs.writeFileSync(lockFile(), dense);
    expect(await hostcfg(APPLY, host)).toMatchObject({ exit: 0, written: [] });
    expect(fs.readFileSync(lockFile(), "utf8")).toBe(dense);
  });

  it("writes it where it is missing although nothing else is to do", async () => {
    const host = place(MOVED);
    await hostcfg(APPLY, host);
    const lock = fs.readFileSync(lockFile(), "utf8");
    fs.rmSync(lockFile());
    const again = await hostcfg("apply", host);
    expect(again).toMatchObject({ exit: 0, written: [lockFile()] });
    expect(again.stdout).toContain("Wrote ");
    expect(fs.readFileSync(lockFile(), "utf8")).toBe(lock);
  });

  it("names it in its JSON, with whether it was written", async () => {
    const host = place(MOVED);
    const documents = [await hostcfg(`${APPLY} --json`, host), await hostcfg(`${APPLY} --json`, host)];
    const locks = documents.map(({ stdout }) => (JSON.parse(stdout) as { lock: unknown }).lock);
    expect(locks).toEqual([
      { path: lockFile(), written: true },
      { path: lockFile(), written: false },
    ]);
  });

  it("only warns where it cannot be written", async () => {
    const host = place(MOVED);
    const readOnly = (io: Io): Io => {
      io.workspace.writeBeside = (_spec, path) => {
        throw new HostError("EROFS", path, `${path}: read-only file system (EROFS)`);
      };
      return io;
    };
    const applied = await hostcfg(APPLY, host, readOnly);
    expect(applied.exit).toBe(0);
    expect(applied.stderr).toContain(
      `warning: the lock file ${lockFile()} was not written: read-only file system (EROFS)\n`,
    );
    const again = await hostcfg(`${APPLY} --json`, host, readOnly);
    expect(again).toMatchObject({ exit: 0, stderr: "" });
    expect(JSON.parse(again.stdout)).toMatchObject({
      lock: { path: lockFile(), written: false, why: "read-only file system (EROFS)" },
    });
  });

  it("refuses a plan whose name may mean the other card, and leaves the lock", async () => {
    const host = place(TWINS);
    const before = fs.readFileSync(lockFile(), "utf8");
    const refused = await hostcfg(APPLY, host);
    expect(refused).toMatchObject({ exit: 1, written: [] });
    expect(refused.stdout).toContain("error[device-moved]: vm-gpu may be the other card now");
    expect(fs.readFileSync(lockFile(), "utf8")).toBe(before);
  });

  it("takes the other card once the name is taken out of the lock, as the hint says", async () => {
    const host = place(TWINS);
    fs.writeFileSync(lockFile(), JSON.stringify({ formatVersion: "1.0", devices: {} }));
    expect(await hostcfg(APPLY, host)).toMatchObject({ exit: 0, written: [lockFile()] });
    expect(Object.entries(readLock().devices).map(([name, { path }]) => [name, path])).toEqual([
      ["host-gpu", "01.1/00"],
      ["vm-gpu", "01.0/00"],
    ]);
  });

  it("keeps its hands off a damaged lock", async () => {
    const host = place(MOVED);
    fs.writeFileSync(lockFile(), "<<<<<<< HEAD\n");
    const refused = await hostcfg(APPLY, host);
    expect(refused).toMatchObject({ exit: 1, written: [] });
    expect(refused.stdout).toContain("error[lock-unreadable]");
  });
});

describe("a plan", () => {
  it("never writes the lock, of a host or of a capture", async () => {
    const host = place(MOVED);
    fs.rmSync(lockFile());
    for (const line of ["plan", "plan --json", "verify", "plan --out plan.json"])
      expect((await hostcfg(line, host)).written).toEqual([]);
    expect(fs.existsSync(lockFile())).toBe(false);
  });

  it("of a capture is held against the lock beside the spec", async () => {
    place(TWINS);
    fs.writeFileSync(join(work, "c.json"), JSON.stringify(TWINS.capture));
    const planned = await hostcfg("plan --capture c.json", TWINS.capture);
    expect(planned).toMatchObject({ exit: 1, written: [] });
    expect(planned.stdout).toContain("error[device-moved]");
  });

  it("that was saved is applied as it was, and the lock written beside its spec", async () => {
    const host = place(MOVED);
    await hostcfg("plan --out plan.json", host);
    expect(await hostcfg("apply plan.json", host)).toMatchObject({ exit: 0, written: [lockFile()] });
    expect(readLock().devices["vm-gpu"]?.path).toBe("01.0/00");
  });

  it("that was saved is stale once a lock says that the card moved", async () => {
    const host = place(MOVED);
    const lock = fs.readFileSync(lockFile());
    fs.rmSync(lockFile());
    await hostcfg("plan --out plan.json", host);
    fs.writeFileSync(lockFile(), lock);
    const refused = await hostcfg("apply plan.json", host);
    expect(refused).toMatchObject({ exit: 1, written: [] });
    expect(refused.stderr).toContain("a new warning, device-moved: vm-gpu has moved");
  });

  it("that was saved in a folder that is gone is applied without a lock", async () => {
    const host = place(MOVED);
    const elsewhere = join(work, "gone");
    fs.mkdirSync(elsewhere);
    fs.copyFileSync(MOVED.spec, join(elsewhere, "host.yaml"));
    await hostcfg("plan gone/host.yaml --out plan.json", host);
    fs.rmSync(elsewhere, { recursive: true });
    const applied = await hostcfg("apply plan.json --json", host);
    expect(applied).toMatchObject({ exit: 0, written: [] });
    expect(applied.stderr).not.toContain("warning");
    expect(JSON.parse(applied.stdout)).not.toHaveProperty("lock");
  });
});

describe("the lock itself as an argument", () => {
  it.each([
    ["plan host.lock.json", "host.lock.json is a device lock, not a spec"],
    ["apply host.lock.json", "host.lock.json is not a saved plan: it is a device lock"],
    ["plan --out host.lock.json", "--out host.lock.json would overwrite a file that hostcfg did not write"],
  ])("%s is refused", async (line, message) => {
    const host = place(MOVED);
    const refused = await hostcfg(line, host);
    expect(refused).toMatchObject({ exit: 1, stdout: "", written: [] });
    expect(refused.stderr).toContain(`error: ${message}\n`);
    expect(fs.readFileSync(lockFile(), "utf8")).toContain("tv-card");
  });
});
