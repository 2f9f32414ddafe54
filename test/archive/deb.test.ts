import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { searchPackage } from "../../src/archive/deb.ts";
import { acsKernelDebs } from "../support/acs-kernel.ts";
import { ar } from "../support/ar.ts";
import type { TarFile } from "../support/tar.ts";
import { tar } from "../support/tar.ts";
import { PACKED, bzImage, withSize } from "./images.ts";

const TEXTS = ["pcie_acs_override", "Linux version "];

function deb(data: Uint8Array, name = "data.tar"): Buffer {
  return ar({
    "debian-binary": Buffer.from("2.0\n"),
    "control.tar": tar([{ path: "/control", content: "Package: odd" }]),
    [name]: Buffer.from(data),
  });
}

const KERNEL: readonly TarFile[] = [
  { path: "/boot/System.map-6.1.0", content: "ffffffff81000000 T _text\n" },
  { path: "/boot/config-6.1.0", content: "pcie_acs_override is not searched for here" },
  { path: "/boot/vmlinuz-6.1.0", content: bzImage(withSize(PACKED.xz)) },
  { path: "/boot/link", link: "vmlinuz-6.1.0" },
];
const FILES = [
  { path: "/boot/System.map-6.1.0", found: [] },
  { path: "/boot/vmlinuz-6.1.0", found: TEXTS, packed: "xz" },
];

describe("a package", () => {
  it.each([
    ["stored", deb(tar(KERNEL))],
    ["packed with gzip", deb(gzipSync(tar(KERNEL)), "data.tar.gz")],
  ])("that is %s is searched in its System.map and its kernel alone", async (_, bytes) => {
    expect(await searchPackage(bytes, TEXTS)).toEqual({ files: FILES });
  });

  it("holds no kernel where nothing is in /boot", async () => {
    const files = [{ path: "/lib/modules/6.1.0/modules.order", content: "" }];
    expect(await searchPackage(deb(tar(files)), TEXTS)).toEqual({ files: [] });
  });

  it("is left packed behind /boot, so a break there does no harm", async () => {
    const whole = tar([...KERNEL, { path: "/lib/modules/6.1.0/kernel.ko", content: Buffer.alloc(100_000) }]);
    expect(await searchPackage(deb(whole.subarray(0, whole.length - 50_000)), TEXTS)).toEqual({
      files: FILES,
    });
  });

  it.each([
    ["is cut in its kernel", deb(tar(KERNEL).subarray(0, 4500)), "it ends early"],
    ["is no package", Buffer.from("no package at all"), "the file is no package"],
    ["has no data", ar({ "debian-binary": Buffer.from("2.0\n") }), "the file has no data archive"],
    [
      "is packed as nobody does",
      deb(Buffer.from([0x89, 0x4c, 0x5a, 0x4f, 0, 0])),
      "hostcfg does not unpack lzo",
    ],
  ])("that %s says so", async (_, bytes, why) => {
    const search = await searchPackage(bytes, TEXTS);
    expect(search.incomplete).toBe(`its data archive cannot be unpacked: ${why}`);
  });
});

describe("the packages of the patched kernel", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hostcfg-debs-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("show it in the one that has the kernel", async () => {
    const [headers, image] = acsKernelDebs(folder);
    expect(await searchPackage(readFileSync(headers), TEXTS)).toEqual({ files: [] });
    expect((await searchPackage(readFileSync(image), TEXTS)).files).toContainEqual({
      path: "/boot/System.map-5.3.0-acso",
      found: ["pcie_acs_override"],
    });
  });
});
