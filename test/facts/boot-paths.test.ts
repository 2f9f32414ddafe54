import { describe, expect, it } from "vitest";
import { readBootPaths } from "../../src/facts/boot-paths.ts";
import { HostError } from "../../src/host/reader.ts";
import type { Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";

const IMAGE: Content = { kind: "file", size: 9_054_592 };

describe("readBootPaths", () => {
  it("finds every link in / and /boot, and where it ends", () => {
    const reader = readerOf({
      "/vmlinuz": { link: "boot/vmlinuz" },
      "/boot/vmlinuz": { link: "/boot/vmlinuz-5.3.0-acso" },
      "/boot/vmlinuz-5.3.0-acso": IMAGE,
      "/boot/initrd.img": { link: "initrd.img-5.3.0-acso" },
      "/etc/link": { link: "/boot/vmlinuz" },
    });
    expect(readBootPaths(reader, [])).toEqual([
      { path: "/boot/initrd.img", kind: "symlink", target: "initrd.img-5.3.0-acso" },
      {
        path: "/boot/vmlinuz",
        kind: "symlink",
        target: "/boot/vmlinuz-5.3.0-acso",
        resolved: "/boot/vmlinuz-5.3.0-acso",
        endsAt: "file",
      },
      {
        path: "/vmlinuz",
        kind: "symlink",
        target: "boot/vmlinuz",
        resolved: "/boot/vmlinuz-5.3.0-acso",
        endsAt: "file",
      },
    ]);
  });

  it("says of the extra paths what stands there, each path once", () => {
    const reader = readerOf({
      "/boot/vmlinuz": { link: "vmlinuz-1" },
      "/boot/vmlinuz-1": IMAGE,
      "/boot/efi": { folder: true },
      "/boot/disk": { kind: "block" },
      "/boot/pipe": { kind: "other" },
    });
    const extra = ["/boot/vmlinuz", "/boot/vmlinuz-1", "/boot/efi", "/boot/disk", "/boot/pipe", "/nothing"];
    expect(readBootPaths(reader, [...extra, ...extra])).toEqual([
      { path: "/boot/disk", kind: "other" },
      { path: "/boot/efi", kind: "directory" },
      { path: "/boot/pipe", kind: "other" },
      {
        path: "/boot/vmlinuz",
        kind: "symlink",
        target: "vmlinuz-1",
        resolved: "/boot/vmlinuz-1",
        endsAt: "file",
      },
      { path: "/boot/vmlinuz-1", kind: "file" },
      { path: "/nothing", kind: "absent" },
    ]);
  });

  it("takes links in a circle for dangling", () => {
    const reader = readerOf({ "/boot/a": { link: "b" }, "/boot/b": { link: "a" } });
    expect(readBootPaths(reader, ["/boot/a"])).toEqual([
      { path: "/boot/a", kind: "symlink", target: "b" },
      { path: "/boot/b", kind: "symlink", target: "a" },
    ]);
  });

  it("finds nothing on a host without /boot", () => {
    expect(readBootPaths(readerOf({}), [])).toEqual([]);
  });

  it("leaves out a folder that it may not list", () => {
    const reader = readerOf({
      "/lib": { link: "usr/lib" },
      "/boot": { kind: "directory", mode: 0o700, error: "EACCES" },
    });
    expect(readBootPaths(reader, [])).toEqual([{ path: "/lib", kind: "symlink", target: "usr/lib" }]);
  });

  it("does not pass over a name that a capture has no answer to", () => {
    const reader = readerOf({ "/boot": { kind: "directory", entries: ["vmlinuz"] } });
    expect(() => readBootPaths(reader, [])).toThrow("the capture does not hold what stands at /boot/vmlinuz");
  });

  it("throws at a path that it was asked for and may not look at", () => {
    const reader = readerOf({});
    const refused = () => {
      throw new HostError("EACCES", "/boot/vmlinuz", "/boot/vmlinuz: permission denied");
    };
    expect(() => readBootPaths({ ...reader, lstat: refused, list: () => [] }, ["/boot/vmlinuz"])).toThrow(
      "permission denied",
    );
  });
});
