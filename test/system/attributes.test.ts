import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyPlan } from "../../src/apply/apply.ts";
import type { ApplyEvent } from "../../src/apply/events.ts";
import { FILE_CALLS } from "../../src/host/file-calls.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { RootHost } from "../../src/host/root-host.ts";
import { RootTree } from "../../src/host/root-tree.ts";
import type { Plan } from "../../src/model/index.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import { readHistory } from "../../src/journal/history.ts";
import { readUndo } from "../../src/undo/facts.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { makeUndo } from "../../src/undo/undo.ts";
import { checkingBoot } from "../support/checking-boot.ts";
import { materialise } from "../support/materialise.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";

/** On a disk: a tmpfs has no extended attributes of users' before Linux 6.6. */
const DISK = "/var/tmp";
const ENTRY = "/etc/a";

let work: string;
let root: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(DISK, "hostcfg-attributes-"));
  root = join(work, "root");
  fs.mkdirSync(join(root, "etc"), { recursive: true });
});
afterEach(() => {
  fs.rmSync(work, { recursive: true });
});

const run = (...argv: readonly [string, ...string[]]): string =>
  execFileSync(argv[0], argv.slice(1), { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
const real = (path: string): string => join(root, path);

/** A list that gives a user more than the group, and a label of SELinux's as a plain attribute. */
function adorn(path: string): void {
  run("setfacl", "-m", "u:65534:rw,g::r", real(path));
  run("setfattr", "-n", "user.note", "-v", "kept", real(path));
  run("setfattr", "-n", "security.selinux", "-v", "system_u:object_r:bootloader_etc_t:s0", real(path));
}

const attributesOf = (path: string): string =>
  [
    run("getfacl", "--absolute-names", "--numeric", "--omit-header", real(path)),
    run("getfattr", "--absolute-names", "-d", "-m", "-", "-e", "hex", real(path)).replace(/^# file.*\n/m, ""),
    (fs.statSync(real(path)).mode & 0o7777).toString(8),
  ].join("\n");

describe("a file that is written anew", () => {
  it("keeps its access control list, its label and its other attributes", () => {
    fs.writeFileSync(real(ENTRY), "old", { mode: 0o640 });
    adorn(ENTRY);
    const before = attributesOf(ENTRY);
    expect(before).toContain("user:65534:rw-");
    expect(before).toContain("security.selinux");
    const host = new RootHost({ root, commands: "none" });
    const { mode, uid, gid } = fs.statSync(real(ENTRY));
    expect(host.writeFile(ENTRY, "new", { mode: mode & 0o7777, uid, gid })).toEqual({});
    expect(attributesOf(ENTRY)).toBe(before);
    expect(fs.readFileSync(real(ENTRY), "utf8")).toBe("new");
    fs.writeFileSync(real("/etc/source"), "copied");
    host.copyFile("/etc/source", ENTRY, { mode: mode & 0o7777, uid, gid });
    expect(attributesOf(ENTRY)).toBe(before);
  });

  it("does not get the list that its folder gives to new files", () => {
    fs.writeFileSync(real(ENTRY), "old", { mode: 0o644 });
    const before = attributesOf(ENTRY);
    run("setfacl", "-d", "-m", "u:65534:rwx,g::rwx", dirname(real(ENTRY)));
    new RootHost({ root, commands: "none" }).writeFile(ENTRY, "new", { mode: 0o644 });
    expect(attributesOf(ENTRY)).toBe(before);
  });

  it("gives its group nothing, and says so, where that cannot be cloned", () => {
    fs.writeFileSync(real(ENTRY), "old", { mode: 0o640 });
    run("setfacl", "-m", "u:65534:rw,g::---", real(ENTRY));
    const mode = fs.statSync(real(ENTRY)).mode & 0o7777;
    expect(mode).toBe(0o660);
    const calls = { ...FILE_CALLS, cloneAttributes: () => "Operation not supported" };
    const host = new RootHost({ root, commands: "none" }, calls);
    expect(host.writeFile(ENTRY, "new", { mode })).toEqual({ lost: "Operation not supported" });
    expect((fs.statSync(real(ENTRY)).mode & 0o777).toString(8)).toBe("600");
  });
});

describe("an apply and its undo", () => {
  const SETTINGS = ["/etc/kernel/cmdline", "/boot/efi/loader/entries/debian-6.1.0-26-amd64.conf"];
  const spec: HostSpec = { apiVersion: "hostcfg/v1", kernelOptions: { present: ["zz=1"] } };

  async function carryOut(host: RootHost, look: () => Promise<Plan>): Promise<readonly ApplyEvent[]> {
    const events: ApplyEvent[] = [];
    const outcome = await applyPlan({
      plan: await look(),
      host,
      replan: look,
      checkBoot: checkingBoot(host),
      observe: (event) => events.push(event),
      signal: new AbortController().signal,
      now: () => new Date(0),
    });
    expect(outcome.status).toBe("applied");
    return events;
  }
  const planned = (host: RootHost) => async (): Promise<Plan> => {
    const source = { path: "x", sha256: "0".repeat(64), spec, diagnostics: [], locate: () => undefined };
    return makePlan({ source, state: await probe(host.reader(), spec), debs: [], hostcfgVersion: "0.0.0" });
  };
  const undone = (host: RootHost) => async (): Promise<Plan> => {
    const reader = host.reader();
    const history = await readHistory(reader);
    const [entry] = history;
    if (entry === undefined) throw new Error("nothing was applied");
    const state = await probe(new LinkReader(new RootTree({ root, commands: "none" })));
    return makeUndo(readUndo(reader, history, entry, state), { hostcfgVersion: "0.0.0", packages: false });
  };

  it.each([
    ["", FILE_CALLS, 0],
    [" but for what cannot be cloned, which is told", { ...FILE_CALLS, cloneAttributes: () => "no" }, 2],
  ])("leave all attributes of what they write as they were%s", async (_what, calls, told) => {
    const { capture } = recordedHost("sd-boot-debian");
    materialise(withoutDevices(capture), root);
    for (const path of SETTINGS) adorn(path);
    const before = SETTINGS.map(attributesOf);
    const host = new RootHost({ root, commands: "none" }, calls);
    const events = [await carryOut(host, planned(host))];
    for (const path of SETTINGS) expect(fs.readFileSync(real(path), "utf8")).toContain("zz=1");
    if (told === 0) expect(SETTINGS.map(attributesOf)).toEqual(before);
    events.push(await carryOut(host, undone(host)));
    for (const path of SETTINGS) expect(fs.readFileSync(real(path), "utf8")).not.toContain("zz=1");
    if (told === 0) expect(SETTINGS.map(attributesOf)).toEqual(before);
    const lost = events[0]?.flatMap((event) => (event.kind === "attributes-lost" ? [event.path] : [])) ?? [];
    expect(SETTINGS.filter((path) => lost.includes(path)).length).toBe(told);
  });
});
