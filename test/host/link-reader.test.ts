import { describe, expect, it } from "vitest";
import { HostError } from "../../src/host/reader.ts";
import { readerOf } from "../support/host.ts";

const reader = readerOf({
  "/usr/lib/modules/5.3.0/modules.dep": "x",
  "/lib": { link: "usr/lib" },
  "/boot/vmlinuz-5.3.0": "kernel",
  "/boot/vmlinuz": { link: "vmlinuz-5.3.0" },
  "/vmlinuz": { link: "/boot/vmlinuz" },
  "/boot/gone": { link: "vmlinuz-9" },
  "/boot/escape": { link: "../../../../usr/lib/modules/5.3.0/modules.dep" },
  "/loop/a": { link: "b" },
  "/loop/b": { link: "a" },
  "/empty": { folder: true },
});

describe("following links", () => {
  it("goes through links to folders, relative and absolute ones, and chains of them", () => {
    expect(reader.readText("/lib/modules/5.3.0/modules.dep")).toBe("x");
    expect(reader.realPath("/vmlinuz")).toBe("/boot/vmlinuz-5.3.0");
    expect(reader.list("/lib")).toEqual(["modules"]);
  });

  it("stops .. at the root, so nothing leads out of it", () => {
    expect(reader.realPath("/boot/escape")).toBe("/usr/lib/modules/5.3.0/modules.dep");
  });

  it("tells a link from what it names", () => {
    expect(reader.lstat("/boot/vmlinuz")?.kind).toBe("symlink");
    expect(reader.stat("/boot/vmlinuz")?.kind).toBe("file");
    expect(reader.readLink("/boot/vmlinuz")).toBe("vmlinuz-5.3.0");
    expect(reader.readLink("/boot/vmlinuz-5.3.0")).toBeUndefined();
  });

  it.each(["/boot/gone", "/nowhere/at/all", "/boot/vmlinuz-5.3.0/below"])(
    "%s is absent, and that is no error",
    (path) => {
      expect([
        reader.stat(path),
        reader.realPath(path),
        reader.readFile(path),
        reader.list(path),
        reader.digest(path),
      ]).toEqual(Array(5).fill(undefined));
    },
  );

  it("gives up on a loop as the kernel does", () => {
    expect(() => reader.stat("/loop/a")).toThrow(
      expect.objectContaining({ code: "ELOOP", path: "/loop/a" }) as HostError,
    );
  });

  it.each([
    ["/boot/../boot/./vmlinuz", "/boot/vmlinuz-5.3.0"],
    ["//boot//vmlinuz/", "/boot/vmlinuz-5.3.0"],
    ["/lib/modules/..", "/usr/lib"],
    ["/lib/..", "/usr"],
    ["/..", "/"],
    ["/", "/"],
  ])("%s ends at %s", (path, end) => {
    expect(reader.realPath(path)).toBe(end);
  });

  it("gives up on a loop of folders too, by the path that was asked for", () => {
    expect(() => reader.list("/loop/a/below")).toThrow(
      expect.objectContaining({ code: "ELOOP", path: "/loop/a/below" }) as HostError,
    );
  });

  it("refuses a relative path, which would depend on where hostcfg was started", () => {
    expect(() => reader.stat("boot")).toThrow(HostError);
  });
});
