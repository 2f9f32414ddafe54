import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { mountOf, parseMounts, readMounts } from "../../src/facts/mounts.ts";
import type { MountFact } from "../../src/model/index.ts";
import { readerOf } from "../support/host.ts";

const MOUNTS = [
  "/dev/mapper/data-root / ext4 rw,noatime,errors=remount-ro 0 0",
  "systemd-1 /boot/efi autofs rw,relatime,fd=29 0 0",
  "/dev/nvme0n1p1 /boot/efi vfat rw,relatime,fmask=0077 0 0",
  "",
].join("\n");

function at(mountPoint: string, source = mountPoint): MountFact {
  return { source, mountPoint, type: "ext4" };
}

describe("parseMounts", () => {
  it("reads source, place and type of each line", () => {
    expect(parseMounts(MOUNTS)).toEqual([
      { source: "/dev/mapper/data-root", mountPoint: "/", type: "ext4" },
      { source: "systemd-1", mountPoint: "/boot/efi", type: "autofs" },
      { source: "/dev/nvme0n1p1", mountPoint: "/boot/efi", type: "vfat" },
    ]);
  });

  it("puts the characters back that the kernel writes as octal escapes", () => {
    const [mount] = parseMounts(String.raw`//nas/my\040files /mnt/a\011b\012c\134040\043 cifs rw 0 0`);
    expect(mount).toEqual({
      source: "//nas/my files",
      mountPoint: "/mnt/a\tb\nc\\040#",
      type: "cifs",
    });
  });

  it("leaves out lines that are too short", () => {
    expect(parseMounts("tmpfs\ntmpfs /tmp\n\n \n")).toEqual([]);
  });

  it("gives back any mount point that it is told in the kernel's spelling", () => {
    const names = array(constantFrom("a", " ", "\t", "\n", "\\", "#", "0", "4"), { minLength: 1 });
    const spell = (name: string) =>
      name.replace(/[ \t\n\\#]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, "0")}`);
    assert(
      property(names, (characters) => {
        const mountPoint = `/${characters.join("")}`;
        expect(parseMounts(`x ${spell(mountPoint)} ext4 rw 0 0\n`)).toEqual([at(mountPoint, "x")]);
      }),
    );
  });
});

describe("readMounts", () => {
  it("reads the mounts that this process sees", () => {
    const reader = readerOf({ "/proc/self": { link: "42" }, "/proc/42/mounts": "/dev/sda1 / ext4 rw 0 0\n" });
    expect(readMounts(reader)).toEqual(known([at("/", "/dev/sda1")]));
  });

  it("reads /proc/mounts where there is no /proc/self", () => {
    const reader = readerOf({ "/proc/mounts": "/dev/sda1 / ext4 rw 0 0\n" });
    expect(readMounts(reader)).toEqual(known([at("/", "/dev/sda1")]));
  });

  it("does not know them without /proc", () => {
    const why = "neither /proc/self/mounts nor /proc/mounts is there";
    expect(readMounts(readerOf({ "/proc": { folder: true } }))).toEqual(unknown(why));
  });
});

describe("mountOf", () => {
  const mounts = [at("/"), at("/boot"), at("/boot/efi"), at("/boot", "over"), at("/bo")];

  it.each([
    ["/", "/"],
    ["/etc/fstab", "/"],
    ["/boot", "over"],
    ["/boot/vmlinuz", "over"],
    ["/boot/efi", "/boot/efi"],
    ["/boot/efi/loader", "/boot/efi"],
    ["/boots", "/"],
    ["/bo/ot", "/bo"],
  ])("finds what holds %s", (path, source) => {
    expect(mountOf(mounts, path)?.source).toBe(source);
  });

  it("finds nothing where nothing is mounted", () => {
    expect(mountOf([at("/boot")], "/etc")).toBeUndefined();
  });
});
