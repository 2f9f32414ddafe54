import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { captureOf } from "./host.ts";
import { materialise, snapshot } from "./materialise.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hostcfg-tree-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("materialise", () => {
  it("makes the files, links, folders and modes of a capture, and no device nodes", () => {
    const tree = captureOf({
      "/boot": { kind: "directory", mode: 0o700 },
      "/boot/vmlinuz": { link: "vmlinuz-6.1" },
      "/boot/vmlinuz-6.1": { kind: "file", mode: 0o600, text: "MZ\n" },
      "/dev/sda": { kind: "block" },
      "/var/empty": { folder: true },
    });
    materialise(tree, folder);
    expect(snapshot(folder)).toBe(
      [
        "/ folder 0755",
        "/boot folder 0700",
        "/boot/vmlinuz -> vmlinuz-6.1",
        "/boot/vmlinuz-6.1 file 0600 3 208f777c20b4",
        "/dev folder 0755",
        "/var folder 0755",
        "/var/empty folder 0755",
        "",
      ].join("\n"),
    );
  });

  it("makes a sparse file where only the size was recorded", () => {
    materialise({ paths: { "/vmlinuz": { kind: "file", size: 1 << 30 } } }, folder);
    const { size, blocks } = statSync(join(folder, "vmlinuz"));
    expect([size, blocks]).toEqual([1 << 30, 0]);
  });

  it("lays a part over a tree: replaces, adds and removes", () => {
    materialise(captureOf({ "/a": "old", "/b": { link: "a" }, "/c/d": "gone with its folder" }), folder);
    materialise(
      { paths: { "/a": { kind: "file", text: "new" }, "/b": { kind: "absent" }, "/c": { kind: "absent" } } },
      folder,
    );
    expect(snapshot(folder)).toBe("/ folder 0755\n/a file 0644 3 11507a0e2f5e\n");
  });

  it("does not follow a link that the capture puts in its way", () => {
    const outside = join(folder, "outside");
    mkdirSync(outside);
    const capture = {
      paths: {
        "/way": { kind: "symlink", target: outside },
        "/way/file": { kind: "file", text: "x" },
      },
    } as const;
    expect(() => {
      materialise(capture, join(folder, "root"));
    }).toThrow("below a link");
    expect(existsSync(join(outside, "file"))).toBe(false);
  });
});

describe("snapshot", () => {
  it("leaves out what it is told to, with all below it", () => {
    mkdirSync(join(folder, "var/log"), { recursive: true });
    writeFileSync(join(folder, "var/log/x"), "");
    expect(snapshot(folder, ["/var/log"])).not.toContain("log");
  });
});
