import { describe, expect, it } from "vitest";
import { known, unknown } from "../../../src/facts/fact.ts";
import { readKernels } from "../../../src/platform/debian/kernels.ts";
import type { Content } from "../../support/host.ts";
import { readerOf } from "../../support/host.ts";

const image: Content = { kind: "file", size: 9_054_592 };
const initrd: Content = { kind: "file", size: 94_051_072 };

function releases(files: Record<string, Content>): string[] {
  const kernels = readKernels(readerOf(files));
  return kernels.known ? kernels.value.map((kernel) => kernel.release) : [];
}

describe("readKernels", () => {
  it("reads what is there of each kernel, the newest first", () => {
    const reader = readerOf({
      "/boot/config-5.3.0-7625-generic": "",
      "/boot/config-5.3.0-acso": "",
      "/boot/initrd.img": { link: "initrd.img-5.3.0-7625-generic" },
      "/boot/initrd.img-5.3.0-24-generic": initrd,
      "/boot/initrd.img-5.3.0-7625-generic": initrd,
      "/boot/initrd.img-5.3.0-acso": initrd,
      "/boot/System.map-5.3.0-acso": "",
      "/boot/vmlinuz": { link: "vmlinuz-5.3.0-7625-generic" },
      "/boot/vmlinuz-5.3.0-7625-generic": image,
      "/boot/vmlinuz-5.3.0-acso": image,
      "/lib/modules/5.3.0-7625-generic/modules.dep": "",
      "/lib/modules/5.3.0-acso/modules.dep": "",
    });
    expect(readKernels(reader)).toEqual(
      known([
        {
          release: "5.3.0-7625-generic",
          image: { path: "/boot/vmlinuz-5.3.0-7625-generic", size: 9_054_592 },
          initrd: { path: "/boot/initrd.img-5.3.0-7625-generic", size: 94_051_072 },
          config: true,
          modules: true,
        },
        {
          release: "5.3.0-24-generic",
          initrd: { path: "/boot/initrd.img-5.3.0-24-generic", size: 94_051_072 },
          config: false,
          modules: false,
        },
        {
          release: "5.3.0-acso",
          image: { path: "/boot/vmlinuz-5.3.0-acso", size: 9_054_592 },
          initrd: { path: "/boot/initrd.img-5.3.0-acso", size: 94_051_072 },
          config: true,
          modules: true,
        },
      ]),
    );
  });

  it("keeps the release exactly as the names have it", () => {
    const names = ["6.6.0-x64v3-xanmod1", "6.8.18_tkg-bore", "5.3.0-acso.old"];
    expect(releases(Object.fromEntries(names.map((name) => [`/boot/vmlinuz-${name}`, image])))).toEqual([
      "6.8.18_tkg-bore",
      "6.6.0-x64v3-xanmod1",
      "5.3.0-acso.old",
    ]);
  });

  it("lists what dpkg left beside a file that it replaced, for kernelstub takes it for a kernel too", () => {
    const found = releases({ "/boot/vmlinuz-6.1.0": image, "/boot/vmlinuz-6.1.0.dpkg-new": image });
    expect(found).toEqual(["6.1.0.dpkg-new", "6.1.0"]);
  });

  it("passes over a name without a release", () => {
    expect(releases({ "/boot/vmlinuz-": image, "/boot/vmlinuz": image })).toEqual([]);
  });

  it("finds a kernel of which only the modules are there", () => {
    const reader = readerOf({ "/boot": { folder: true }, "/lib/modules/6.1.0/modules.dep": "" });
    expect(readKernels(reader)).toEqual(known([{ release: "6.1.0", config: false, modules: true }]));
  });

  it("takes a folder without modules.dep for a leftover", () => {
    expect(
      releases({ "/boot": { folder: true }, "/lib/modules/6.1.0/updates/dkms/nvidia.ko": image }),
    ).toEqual([]);
  });

  it("finds the modules where /lib is a link", () => {
    const reader = readerOf({
      "/boot": { folder: true },
      "/lib": { link: "usr/lib" },
      "/usr/lib/modules/6.1.0/modules.dep": "",
    });
    expect(readKernels(reader)).toEqual(known([{ release: "6.1.0", config: false, modules: true }]));
  });

  it.each<[string, Record<string, Content>, number]>([
    ["the size of the file that a link ends at", { "/boot/x": image }, 9_054_592],
    ["0 for a link that dangles", {}, 0],
    ["0 for a link to a folder", { "/boot/x": { folder: true } }, 0],
    ["0 for a truncated file", { "/boot/x": "" }, 0],
  ])("gives %s", (_, files, size) => {
    const reader = readerOf({ "/boot/vmlinuz-6.1.0": { link: "x" }, ...files });
    expect(readKernels(reader)).toMatchObject({ value: [{ image: { path: "/boot/vmlinuz-6.1.0", size } }] });
  });

  it("does not know the kernels of a host without /boot", () => {
    expect(readKernels(readerOf({}))).toEqual(unknown("/boot is not there"));
  });

  it("does not know the kernels where /boot is closed", () => {
    const reader = readerOf({ "/boot": { kind: "directory", mode: 0o700, error: "EACCES" } });
    expect(readKernels(reader)).toEqual(unknown("reading /boot needs root"));
  });

  it("does not pass over a kernel that a capture names but does not hold", () => {
    const reader = readerOf({ "/boot": { kind: "directory", entries: ["vmlinuz-6.1.0"] } });
    expect(() => readKernels(reader)).toThrow("the capture does not hold what stands at /boot/vmlinuz-6.1.0");
  });
});
