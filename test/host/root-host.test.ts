import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FILE_CALLS } from "../../src/host/file-calls.ts";
import { HostError } from "../../src/host/reader.ts";
import { RootHost } from "../../src/host/root-host.ts";
import { acsKernelDebs } from "../support/acs-kernel.ts";
import { PACKED, bzImage, withSize } from "../archive/images.ts";

let folder: string;
let root: string;
let host: RootHost;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hostcfg-"));
  root = path.join(folder, "root");
  fs.mkdirSync(path.join(root, "etc"), { recursive: true });
  fs.mkdirSync(path.join(folder, "outside"));
  host = new RootHost({ root, commands: "none" });
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

function names(of = "etc"): string[] {
  return fs.readdirSync(path.join(root, of));
}

describe("replacing a file", () => {
  it("gives it the new content and the asked mode, and leaves no other name behind", () => {
    fs.writeFileSync(path.join(root, "etc/a"), "old");
    host.writeFile("/etc/a", "new", { mode: 0o640 });
    expect(fs.readFileSync(path.join(root, "etc/a"), "utf8")).toBe("new");
    expect(fs.statSync(path.join(root, "etc/a")).mode & 0o7777).toBe(0o640);
    expect(names()).toEqual(["a"]);
  });

  it("replaces the file and not what the file was linked to", () => {
    fs.writeFileSync(path.join(folder, "outside/a"), "theirs");
    fs.symlinkSync(path.join(folder, "outside/a"), path.join(root, "etc/a"));
    host.writeFile("/etc/a", "ours", { mode: 0o644 });
    expect(fs.readFileSync(path.join(folder, "outside/a"), "utf8")).toBe("theirs");
    expect(fs.lstatSync(path.join(root, "etc/a")).isFile()).toBe(true);
  });

  it("clears away what an interrupted replacement of the same file left", () => {
    fs.writeFileSync(path.join(root, "etc/.a.hostcfg-0123456789ab"), "half");
    fs.writeFileSync(path.join(root, "etc/.b.hostcfg-0123456789ab"), "somebody else's");
    host.writeFile("/etc/a", "whole", { mode: 0o644 });
    expect(names()).toEqual([".b.hostcfg-0123456789ab", "a"]);
  });

  it("has it in its place on a loader's disk before it takes the name, and the name before the old one goes", () => {
    fs.mkdirSync(path.join(root, "boot/grub"), { recursive: true });
    fs.writeFileSync(path.join(root, "boot/grub/grub.cfg"), "old");
    const states: (readonly string[])[] = [];
    const content = (name: string): string => fs.readFileSync(path.join(root, "boot/grub", name), "utf8");
    const watched = new RootHost(
      { root, commands: "none" },
      { ...FILE_CALLS, syncFileSystem: () => states.push(names("boot/grub").sort().map(content)) },
    );
    watched.writeFile("/boot/grub/grub.cfg", "new", { mode: 0o644 });
    watched.remove("/boot/grub/grub.cfg");
    watched.writeFile("/etc/a", "not read by a loader", { mode: 0o644 });
    expect(states).toEqual([["new", "old"], ["new"], []]);
    host.writeFile("/boot/grub/grub.cfg", "really", { mode: 0o644 });
    expect(content("grub.cfg")).toBe("really");
  });

  it("keeps the old file when the new one cannot be made", () => {
    fs.mkdirSync(path.join(root, "etc/a"));
    expect(() => {
      host.writeFile("/etc/a", "new", { mode: 0o644 });
    }).toThrow(HostError);
    expect(names()).toEqual(["a"]);
  });
});

describe("replacing a link", () => {
  it("retargets it under the same name", () => {
    fs.symlinkSync("old", path.join(root, "etc/link"));
    host.symlink("/etc/link", "new");
    expect(fs.readlinkSync(path.join(root, "etc/link"))).toBe("new");
    expect(names()).toEqual(["link"]);
  });
});

describe("a root in a folder", () => {
  it("cannot be left through a link to a folder outside", () => {
    fs.symlinkSync(path.join(folder, "outside"), path.join(root, "escape"));
    fs.symlinkSync("../../outside", path.join(root, "climb"));
    for (const link of ["/escape", "/climb"]) {
      expect(() => {
        host.writeFile(`${link}/a`, "x", { mode: 0o644 });
      }).toThrow(expect.objectContaining({ code: "ENOENT" }) as HostError);
    }
    expect(fs.readdirSync(path.join(folder, "outside"))).toEqual([]);
  });

  it("treats an absolute link as one inside the root", () => {
    fs.symlinkSync("/etc", path.join(root, "inside"));
    host.writeFile("/inside/a", "x", { mode: 0o644 });
    expect(names()).toEqual(["a"]);
  });

  it("runs no programs of a folder that is only a folder", async () => {
    const outcome = await host.exec(["true"], { log: "/etc/log", timeoutSeconds: 5 });
    expect(outcome).toMatchObject({ kind: "not-run" });
    expect(await host.reader().query(["dpkg", "--print-architecture"])).toMatchObject({ ran: false });
  });

  it("refuses a query that is not on the list of read-only ones", async () => {
    const live = new RootHost({ root: "/", commands: "host" });
    await expect(live.reader().query(["kernelstub", "--print-config"])).rejects.toThrow(
      "not a read-only query",
    );
  });
});

describe("reading", () => {
  it("hashes a file in pieces as it would hash it whole", () => {
    const bytes = Buffer.alloc(3 * (1 << 20) + 17, "x");
    fs.writeFileSync(path.join(root, "etc/big"), bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(host.reader().digest("/etc/big")).toEqual({ sha256, size: bytes.length });
  });

  it("reads the first bytes of a file alone, and all of one that has fewer", () => {
    fs.writeFileSync(path.join(root, "etc/kernel"), "MZ and more");
    expect(String(host.reader().head("/etc/kernel", 2))).toBe("MZ");
    expect(String(host.reader().head("/etc/kernel", 4096))).toBe("MZ and more");
  });

  it("searches a table of symbols in pieces, with a text across their border", async () => {
    const text = `${"x".repeat((1 << 20) - 5)}pcie_acs_override`;
    fs.writeFileSync(path.join(root, "etc/symbols"), text);
    const texts = ["pcie_acs_override", "not there"];
    expect(await host.reader().search("/etc/symbols", texts)).toEqual({ found: ["pcie_acs_override"] });
    expect(await host.reader().search("/etc/none", texts)).toBeUndefined();
  });

  it("searches a kernel image unpacked, and a package in its kernel", async () => {
    const image = bzImage(withSize(PACKED.xz));
    fs.writeFileSync(path.join(root, "etc/vmlinuz"), image);
    const [, deb] = acsKernelDebs(path.join(root, "debs"));
    const texts = ["pcie_acs_override"];
    expect(await host.reader().search("/etc/vmlinuz", texts)).toEqual({ found: texts, packed: "xz" });
    const inPackage = await host.reader().searchPackage(deb.slice(root.length), texts);
    expect(inPackage?.files[0]).toEqual({ path: "/boot/System.map-5.3.0-acso", found: texts });
  });

  it("names the path inside the root when a search fails", async () => {
    const failure = expect.objectContaining({ code: "EISDIR", path: "/etc" }) as HostError;
    await expect(host.reader().search("/etc", ["x"])).rejects.toThrow(failure);
    await expect(host.reader().searchPackage("/etc", ["x"])).rejects.toThrow(failure);
  });

  it("gives of files and links of sysfs, and of nothing, the same at once as by the long way", () => {
    fs.mkdirSync(path.join(root, "sys"));
    fs.writeFileSync(path.join(root, "sys/marked"), "\ufeffplain");
    fs.symlinkSync("marked", path.join(root, "sys/link"));
    fs.symlinkSync("/sys/marked", path.join(root, "sys/absolute"));
    fs.symlinkSync("/nowhere", path.join(root, "sys/dangling"));
    const reader = host.reader();
    // Only a folder that is known lets a file be read at once.
    expect(reader.stat("/sys/nothing")).toBeUndefined();
    const names = ["marked", "link", "absolute", "dangling", "nothing"];
    const texts = names.map((name) => reader.readText(`/sys/${name}`));
    expect(texts).toEqual(["plain", "plain", "plain", undefined, undefined]);
    const bytes = names.map((name) => reader.head(`/sys/${name}`, 3)?.length);
    expect(bytes).toEqual([3, 3, 3, undefined, undefined]);
    const targets = names.map((name) => reader.readLink(`/sys/${name}`));
    expect(targets).toEqual([undefined, "marked", "/sys/marked", "/nowhere", undefined]);
  });

  it("names the path inside the root when a call fails", () => {
    expect(() => host.reader().readFile("/etc")).toThrow(
      expect.objectContaining({ code: "EISDIR", path: "/etc" }) as HostError,
    );
  });
});

describe("the journal's calls", () => {
  it("append whole lines to a file that only its owner can read", () => {
    host.appendLine("/etc/log", "one");
    host.appendLine("/etc/log", "two");
    expect(fs.readFileSync(path.join(root, "etc/log"), "utf8")).toBe("one\ntwo\n");
    expect(fs.statSync(path.join(root, "etc/log")).mode & 0o7777).toBe(0o600);
  });

  it("append behind a line that a cut has left without its end, as a line of its own", () => {
    fs.writeFileSync(path.join(root, "etc/log"), "one\ntw");
    host.appendLine("/etc/log", "three");
    expect(fs.readFileSync(path.join(root, "etc/log"), "utf8")).toBe("one\ntw\nthree\n");
  });

  it("make a folder with those above it, once", () => {
    host.makeFolder("/var/lib/hostcfg", 0o700);
    host.makeFolder("/var/lib/hostcfg", 0o700);
    expect(fs.statSync(path.join(root, "var/lib/hostcfg")).mode & 0o7777).toBe(0o700);
  });

  it("import a file with the digest of what was written", () => {
    fs.writeFileSync(path.join(folder, "outside/x.deb"), "abc");
    const digest = host.importFile(path.join(folder, "outside/x.deb"), "/etc/x.deb");
    expect(digest).toEqual({
      sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      size: 3,
    });
    expect(fs.readFileSync(path.join(root, "etc/x.deb"), "utf8")).toBe("abc");
    host.remove("/etc/x.deb");
    host.remove("/etc/x.deb");
    expect(names()).toEqual([]);
  });
});

describe("flushing", () => {
  it("takes a folder with files, links and folders in it, and one that is not there", () => {
    fs.writeFileSync(path.join(root, "etc/file"), "x");
    fs.symlinkSync("nowhere", path.join(root, "etc/link"));
    fs.mkdirSync(path.join(root, "etc/folder"));
    expect(() => {
      host.flush("/etc");
      host.flush("/not-there");
    }).not.toThrow();
  });
});

describe("the lock", () => {
  it("is held by one at a time and free again once released", async () => {
    const first = await host.lock("/etc/lock");
    expect(first).toBeDefined();
    expect(await host.lock("/etc/lock")).toBeUndefined();
    await first?.release();
    const again = await host.lock("/etc/lock");
    expect(again).toBeDefined();
    await again?.release();
  });
});

describe("running a program of this machine", () => {
  const live = (): RootHost => new RootHost({ root: "/", commands: "host" });

  it("tells how it ended, and the last lines that it printed", async () => {
    const log = path.join(folder, "log");
    fs.writeFileSync(log, "an earlier step\n");
    const outcome = await live().exec(["ls", "/no/such/path"], { log, timeoutSeconds: 10 });
    expect(outcome).toMatchObject({ kind: "exited", exitCode: 2 });
    expect(outcome.kind === "exited" && outcome.tail).toMatch(/^ls: .*No such file or directory$/);
  });

  it("says so when it is not there", async () => {
    const outcome = await live().exec(["no-such-program"], {
      log: path.join(folder, "log"),
      timeoutSeconds: 10,
    });
    expect(outcome).toEqual({ kind: "not-run", why: "no-such-program is not installed" });
  });

  it("stops it when it takes too long", async () => {
    const outcome = await live().exec(["sleep", "60"], {
      log: path.join(folder, "log"),
      timeoutSeconds: 0.1,
    });
    expect(outcome.kind).toBe("timed-out");
  });
});
