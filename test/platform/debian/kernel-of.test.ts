import { describe, expect, it } from "vitest";
import type { KernelOfPackage } from "../../../src/platform/debian/kernel-of.ts";
import { imageRelease, kernelOf } from "../../../src/platform/debian/kernel-of.ts";

const image = (release: string): KernelOfPackage => ({ release, part: "image" });
const modules = (release: string): KernelOfPackage => ({ release, part: "modules" });
const headers = (release: string): KernelOfPackage => ({ release, part: "headers" });

describe("kernelOf", () => {
  it.each<[string, KernelOfPackage]>([
    ["linux-image-6.1.0-50-amd64", image("6.1.0-50-amd64")],
    ["linux-image-5.3.0-acso", image("5.3.0-acso")],
    ["linux-image-unsigned-6.8.0-45-generic", image("6.8.0-45-generic")],
    ["linux-image-6.1.0-50-amd64-unsigned", image("6.1.0-50-amd64")],
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
    expect(kernelOf(name)).toEqual(kernel);
  });

  it("gives the release of an image's package only", () => {
    expect(imageRelease("proxmox-kernel-6.8.12-8-pve-signed")).toBe("6.8.12-8-pve");
    expect(imageRelease("linux-modules-6.8.0-45-generic")).toBeUndefined();
    expect(imageRelease("linux-image-amd64")).toBeUndefined();
  });
});
