import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PACKAGES_QUERY } from "../../src/host/queries.ts";
import { materialise, snapshot } from "../support/materialise.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { StandInHost } from "./host.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-standin-"));
  materialise(withoutDevices(recordedHost("pop-x570").capture), folder);
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const OPTIONS = { log: "/var/log/x.log", timeoutSeconds: 1 };

describe("StandInHost", () => {
  it("shows every file as root's, so that what is recorded and what is real are the same", () => {
    expect(new StandInHost(folder).reader().lstat("/etc/fstab")).toMatchObject({
      uid: 0,
      gid: 0,
      mode: 0o644,
    });
  });

  it("runs a stand-in, writes its output to the log and gives its last lines", async () => {
    const outcome = await new StandInHost(folder).exec(["kernelstub", "--verbose"], OPTIONS);
    expect(outcome).toMatchObject({ kind: "exited", exitCode: 0 });
    expect(fs.readFileSync(join(folder, "var/log/x.log"), "utf8")).toContain("Copying Kernel into ESP");
  });

  it("never runs a program that has no stand-in", async () => {
    await expect(new StandInHost(folder).exec(["sh", "-c", "true"], OPTIONS)).rejects.toThrow(
      "no stand-in for sh",
    );
  });

  it("answers only questions from the allow-list", async () => {
    const reader = new StandInHost(folder).reader();
    await expect(reader.query(["kernelstub", "--dry-run"])).rejects.toThrow("not a read-only query");
    expect(await reader.query(PACKAGES_QUERY)).toMatchObject({ ran: true, exitCode: 0 });
  });

  it.each([
    ["noop", { kind: "exited", exitCode: 0 }],
    ["fail", { kind: "exited", exitCode: 1 }],
    ["hang", { kind: "timed-out" }],
  ] as const)("with the fault %s changes nothing but the log", async (fault, outcome) => {
    const before = snapshot(folder, ["/var/log"]);
    const host = new StandInHost(folder, { faults: { kernelstub: fault } });
    expect(await host.exec(["kernelstub", "--add-options", "x=1"], OPTIONS)).toMatchObject(outcome);
    expect(snapshot(folder, ["/var/log"])).toBe(before);
  });

  it("lets a hang in a hook hang the program that runs the hook", async () => {
    const host = new StandInHost(folder, { faults: { kernelstub: "hang" } });
    const argv = ["update-initramfs", "-u", "-k", "5.3.0-7625-generic"];
    expect(await host.exec(argv, OPTIONS)).toMatchObject({ kind: "timed-out" });
  });

  it("calls beforeExec before a program touches anything", async () => {
    const seen: string[] = [];
    const host = new StandInHost(folder, {
      beforeExec: (argv) => seen.push(argv.join(" "), String(host.reader().stat("/var/log/x.log")?.size)),
    });
    await host.exec(["apt-mark", "hold", "kmod"], OPTIONS);
    expect(seen).toEqual(["apt-mark hold kmod", "undefined"]);
  });

  it("gives a lock to one holder at a time", async () => {
    const host = new StandInHost(folder);
    const lock = await host.lock("/run/lock");
    expect(await host.lock("/run/lock")).toBeUndefined();
    await lock?.release();
    expect(await host.lock("/run/lock")).toBeDefined();
  });
});
