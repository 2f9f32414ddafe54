import { describe, expect, it } from "vitest";
import type { KernelOfPackage } from "../../../src/model/index.ts";
import { kernelByName, kernelIn, kernelLines, kernelOf } from "../../../src/platform/debian/kernel-of.ts";
import { readerOf } from "../../support/host.ts";

const image = (release: string): KernelOfPackage => ({ release, part: "image" });
const modules = (release: string): KernelOfPackage => ({ release, part: "modules" });
const headers = (release: string): KernelOfPackage => ({ release, part: "headers" });

describe("kernelByName", () => {
  it.each<[string, KernelOfPackage | "none"]>([
    ["linux-image-6.1.0-50-amd64", image("6.1.0-50-amd64")],
    ["linux-image-5.3.0-acso", image("5.3.0-acso")],
    ["linux-image-unsigned-6.8.0-45-generic", image("6.8.0-45-generic")],
    ["linux-image-6.1.0-50-amd64-unsigned", image("6.1.0-50-amd64")],
    ["linux-binary-7.2.12+deb14-amd64", image("7.2.12+deb14-amd64")],
    ["linux-hwe-6.8-headers-6.8.0-51", "none"],
    ["linux-compiler-gcc-12-x86", "none"],
    ["proxmox-kernel-helper", "none"],
    ["proxmox-ve", "unknown"],
    ["proxmox-kernel-6.8.12-8-pve-signed", image("6.8.12-8-pve")],
    ["proxmox-kernel-6.8.12-8-pve", image("6.8.12-8-pve")],
    ["pve-kernel-5.15.131-1-pve", image("5.15.131-1-pve")],
    ["linux-modules-6.8.0-45-generic", modules("6.8.0-45-generic")],
    ["linux-modules-extra-6.8.0-45-generic", modules("6.8.0-45-generic")],
    ["linux-headers-6.1.0-50-amd64", headers("6.1.0-50-amd64")],
    ["proxmox-headers-6.8.12-8-pve", headers("6.8.12-8-pve")],
    ["linux-image-6.1.0-50-amd64-dbg", "none"],
    ["proxmox-kernel-6.8.12-8-pve-dbgsym", "none"],
    ["linux-libc-dev", "none"],
    ["linux-firmware", "none"],
    ["qemu-system-x86", "none"],
    ["linux-image-amd64", "unknown"],
    ["linux-generic", "unknown"],
    ["proxmox-kernel-6.8", "unknown"],
    ["proxmox-default-kernel", "unknown"],
    ["linux-xanmod-x64v3", "unknown"],
    ["my-kernel-6.1", "unknown"],
    ["kernel-acso", "unknown"],
    ["kernelstub", "none"],
    ["intel-microcode", "none"],
  ])("tells the kernel of %s", (name, kernel) => {
    expect(kernelByName(name) ?? "none").toEqual(kernel);
  });
});

const IMAGE = "/.\n/boot\n/boot/config-6.9-acme\n/boot/vmlinuz-6.9-acme\n/lib/modules/6.9-acme/kernel\n";

describe("kernelOf an installed package", () => {
  const ofPackage = (name: string, lists: Readonly<Record<string, string>>) => {
    const files: Record<string, string> = { "/var/lib/dpkg/info/x": "" };
    for (const [list, text] of Object.entries(lists)) files[`/var/lib/dpkg/info/${list}.list`] = text;
    return kernelOf(readerOf(files), { name, architecture: "amd64" });
  };

  it("goes by dpkg's list of its files, whatever it is called", () => {
    expect(ofPackage("acme-host", { "acme-host": IMAGE })).toEqual(image("6.9-acme"));
    expect(ofPackage("acme-host", { "acme-host:amd64": IMAGE })).toEqual(image("6.9-acme"));
  });

  it("believes the list more than the name, for package names know neither capitals nor underscores", () => {
    const list = IMAGE.replaceAll("6.9-acme", "6.9_ACME");
    expect(ofPackage("linux-image-6.9-acme", { "linux-image-6.9-acme": list })).toEqual(image("6.9_ACME"));
  });

  it("finds none in a metapackage", () => {
    expect(ofPackage("linux-image-amd64", { "linux-image-amd64": "/.\n/usr/share/doc\n" })).toBeUndefined();
  });

  it("goes by the name of a package of hooks, as Debian 14 has them", () => {
    expect(ofPackage("linux-image-7.2-amd64", { "linux-image-7.2-amd64": "/.\n" })).toEqual(
      image("7.2-amd64"),
    );
  });

  it("goes by the name where there is no list, as in an older capture", () => {
    expect(ofPackage("linux-image-6.9-acme", {})).toEqual(image("6.9-acme"));
    expect(ofPackage("kernel-acme", {})).toBe("unknown");
  });
});

describe("kernelIn", () => {
  it.each<[string, string, KernelOfPackage | undefined]>([
    [
      "an image that is packaged with its modules",
      "/usr/lib/modules/7.2/kernel\n/usr/lib/modules/7.2/vmlinuz\n",
      image("7.2"),
    ],
    ["modules alone", "/lib/modules/6.8/kernel\n/lib/modules/6.8/kernel/fs\n", modules("6.8")],
    ["the digests of a .deb", `${"a".repeat(32)}  boot/vmlinuz-6.9-acme\n`, image("6.9-acme")],
    ["headers", "/lib/modules/6.8/build\n/usr/src/linux-headers-6.8\n", undefined],
    ["symbols", "/usr/lib/debug/boot/vmlinux-6.8\n", undefined],
  ])("finds what it is: %s", (_what, files, kernel) => {
    expect(kernelIn(files)).toEqual(kernel);
  });

  it("tells none of several kernels", () => {
    expect(kernelIn("/boot/vmlinuz-1\n/boot/vmlinuz-2\n")).toBe("unknown");
  });

  it("finds the same in what a capture keeps of a list", () => {
    const kept = kernelLines(`${IMAGE}/lib/modules/6.9-acme/kernel/fs\n/usr/share/doc\n`);
    expect(kept).toBe("/boot/vmlinuz-6.9-acme\n/lib/modules/6.9-acme/kernel\n");
    expect(kernelIn(kept)).toEqual(kernelIn(IMAGE));
  });
});
