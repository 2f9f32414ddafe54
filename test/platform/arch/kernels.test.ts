import { describe, expect, it } from "vitest";
import { known, unknown } from "../../../src/facts/fact.ts";
import type { KernelFact } from "../../../src/model/index.ts";
import { layout } from "../../../src/platform/arch/layout.ts";
import { readKernels } from "../../../src/platform/arch/kernels.ts";
import type { Content } from "../../support/host.ts";
import { readerOf } from "../../support/host.ts";
import { kernelHead } from "../../support/kernel-head.ts";

const ZEN = "6.12.4-zen1-1-zen";
const LTS = "6.6.63-1-lts";
const SIZE = 14_000_000;
const initrd: Content = { kind: "file", size: 30_000_000 };

function image(release?: string): Content {
  return { kind: "file", size: SIZE, head: kernelHead(release).toString("base64") };
}

function modules(release: string, pkgbase?: string): Record<string, Content> {
  const folder = `/usr/lib/modules/${release}`;
  return {
    [`${folder}/modules.dep`]: "",
    ...(pkgbase === undefined ? {} : { [`${folder}/pkgbase`]: `${pkgbase}\n` }),
  };
}

function kernelsOf(files: Record<string, Content>): readonly KernelFact[] {
  const found = readKernels(readerOf(files));
  if (!found.known) throw new Error(found.why);
  return found.value;
}

const TWO: Record<string, Content> = {
  "/boot/vmlinuz-linux-zen": image(ZEN),
  "/boot/initramfs-linux-zen.img": initrd,
  "/boot/initramfs-linux-zen-fallback.img": initrd,
  "/boot/vmlinuz-linux-lts": image(LTS),
  "/boot/initramfs-linux-lts.img": initrd,
  "/boot/amd-ucode.img": { kind: "file", size: 100 },
  ...modules(ZEN, "linux-zen"),
  ...modules(LTS, "linux-lts"),
};

describe("kernels whose files are called by their packages", () => {
  it("have the release that the image says, the newest first", () => {
    expect(kernelsOf(TWO)).toEqual([
      {
        release: ZEN,
        name: "linux-zen",
        image: { path: "/boot/vmlinuz-linux-zen", size: SIZE },
        initrd: { path: "/boot/initramfs-linux-zen.img", size: 30_000_000 },
        fallback: { path: "/boot/initramfs-linux-zen-fallback.img", size: 30_000_000 },
        config: false,
        modules: true,
      },
      {
        release: LTS,
        name: "linux-lts",
        image: { path: "/boot/vmlinuz-linux-lts", size: SIZE },
        initrd: { path: "/boot/initramfs-linux-lts.img", size: 30_000_000 },
        config: false,
        modules: true,
      },
    ]);
  });

  it("have that of the modules of their name where the image says none", () => {
    const [zen] = kernelsOf({ "/boot/vmlinuz-linux-zen": image(), ...modules(ZEN, "linux-zen") });
    expect(zen).toMatchObject({ release: ZEN, name: "linux-zen", modules: true });
  });

  it("need no file pkgbase, as on Manjaro", () => {
    const release = "6.12.4-1-MANJARO";
    const [only] = kernelsOf({ "/boot/vmlinuz-6.12-x86_64": image(release), ...modules(release) });
    expect(only).toMatchObject({ release, name: "6.12-x86_64", modules: true });
  });

  it("are two where a hook failed: the old image without modules, and the new modules without an image", () => {
    const NEW = "6.13.1-zen1-1-zen";
    const kernels = kernelsOf({
      "/boot/vmlinuz-linux-zen": image(ZEN),
      "/boot/initramfs-linux-zen.img": initrd,
      ...modules(NEW, "linux-zen"),
    });
    expect(kernels).toMatchObject([
      { release: NEW, name: "linux-zen", modules: true },
      { release: ZEN, name: "linux-zen", image: { size: SIZE }, initrd: {}, modules: false },
    ]);
    expect(kernels[0]).not.toHaveProperty("image");
    expect(kernels[0]).not.toHaveProperty("initrd");
  });

  it("are listed by the name of the file where it is a copy of another, or says no release", () => {
    const kernels = kernelsOf({
      ...TWO,
      "/boot/vmlinuz-linux-zen.bak": image(ZEN),
      "/boot/vmlinuz-own": image(),
    });
    expect(kernels).toMatchObject([
      { release: ZEN, image: { path: "/boot/vmlinuz-linux-zen" } },
      { release: LTS },
      { release: "own", modules: false },
      { release: "linux-zen.bak", inImage: ZEN, modules: false },
    ]);
  });

  it("are unknown where /boot may not be read or is not there", () => {
    expect(readKernels(readerOf({ "/etc/hostname": "a" }))).toEqual(unknown("/boot is not there"));
    expect(readKernels(readerOf({ "/boot": { kind: "directory", error: "EACCES" } }))).toEqual(
      unknown("reading /boot needs root"),
    );
  });
});

describe("the names of a kernel's files", () => {
  const names = layout(kernelsOf(TWO));

  it("follow from the release, by the kernels that are there", () => {
    expect([names.image(ZEN), names.initrd(LTS), names.modules(ZEN)]).toEqual([
      "/boot/vmlinuz-linux-zen",
      "/boot/initramfs-linux-lts.img",
      `/usr/lib/modules/${ZEN}`,
    ]);
    expect(names.image("6.99")).toBe("/boot/vmlinuz-6.99");
  });

  it("tell the release", () => {
    expect(names.fileAt("/boot/vmlinuz-linux-lts")).toEqual({ part: "image", release: LTS });
    expect(names.fileAt("/boot/initramfs-linux-zen.img")).toEqual({ part: "initrd", release: ZEN });
    expect(names.fileAt("/boot/vmlinuz-linux-zen.bak")).toEqual({
      part: "image",
      release: "linux-zen.bak",
    });
  });

  it.each([
    "/boot/initramfs-linux-zen-fallback.img",
    "/boot/amd-ucode.img",
    "/boot/vmlinuz-linux-lts/x",
    "/efi/vmlinuz-linux-lts",
  ])("%s is no kernel's file", (path) => {
    expect(names.fileAt(path)).toBeUndefined();
  });

  it("go to the image that is there before the modules that have none", () => {
    const kernels = kernelsOf({
      "/boot/vmlinuz-linux-zen": image(ZEN),
      ...modules("6.13.1-zen1-1-zen", "linux-zen"),
    });
    expect(layout(kernels).fileAt("/boot/vmlinuz-linux-zen")).toEqual({ part: "image", release: ZEN });
  });

  it("are moved by no package", () => {
    expect(names.linkFolder(readerOf({}))).toEqual(known(""));
  });
});
