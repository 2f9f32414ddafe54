import { describe, expect, it } from "vitest";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { readInitramfs, withOlderThan } from "../../src/facts/initramfs.ts";
import { readKernels } from "../../src/facts/kernels.ts";
import type { Fact } from "../../src/model.ts";
import type { Patch } from "../support/planning.ts";
import { patched } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const RELEASE = "6.1.0-25-amd64";
const MADE = Date.UTC(2020, 0, 1);

function olderThan(patch: Patch, release = RELEASE): Fact<readonly string[]> | undefined {
  const reader = new LinkReader(new CaptureTree(patched(capture, patch)));
  const kernels = readKernels(reader);
  if (!kernels.known) throw new Error(kernels.why);
  const found = withOlderThan(reader, kernels.value, readInitramfs(reader));
  return found.find((kernel) => kernel.release === release)?.initrdOlderThan;
}

const changed = (at: number) => ({ kind: "file", text: "# mine\n", modifiedAt: at }) as const;

describe("an initrd", () => {
  it("is fresh where nothing changed after it", () => {
    expect(olderThan({})).toEqual({ known: true, value: [] });
    expect(olderThan({ "/etc/modprobe.d/vfio.conf": changed(MADE) })).toEqual({ known: true, value: [] });
  });

  it.each([
    "/etc/modprobe.d/vfio.conf",
    "/usr/lib/modprobe.d/vendor.conf",
    `/usr/lib/modules/${RELEASE}/modules.dep`,
    "/etc/initramfs-tools/modules",
    "/etc/initramfs-tools/conf.d/resume",
    "/etc/initramfs-tools/scripts/init-top/mine",
  ])("is older than %s where that changed after it", (path) => {
    const found = olderThan({ [path]: changed(MADE + 1) });
    expect(found).toEqual({ known: true, value: [path.replace("/usr/lib/", "/lib/")] });
  });

  it("names the newest change first", () => {
    const found = olderThan({
      "/etc/modprobe.d/a.conf": changed(MADE + 1),
      "/etc/modprobe.d/b.conf": changed(MADE + 3),
      "/etc/initramfs-tools/modules": changed(MADE + 2),
    });
    expect(found?.known === true && found.value).toEqual([
      "/etc/modprobe.d/b.conf",
      "/etc/initramfs-tools/modules",
      "/etc/modprobe.d/a.conf",
    ]);
  });

  it.each([
    ["a file that modprobe does not read", "/etc/modprobe.d/vfio.conf.dpkg-old"],
    ["the modules of another kernel", "/usr/lib/modules/6.1.0-26-amd64/modules.dep"],
  ])("is not concerned by %s", (_what, path) => {
    expect(olderThan({ [path]: changed(MADE + 1) })).toEqual({ known: true, value: [] });
  });

  it("is not judged where hostcfg does not drive what makes it", () => {
    expect(
      olderThan({ "/usr/sbin/update-initramfs": null, "/etc/modprobe.d/vfio.conf": changed(MADE + 1) }),
    ).toBe(undefined);
  });

  it("that is missing or empty is not judged by its age", () => {
    expect(olderThan({ [`/boot/initrd.img-${RELEASE}`]: null })).toBe(undefined);
    expect(olderThan({ [`/boot/initrd.img-${RELEASE}`]: "" })).toBe(undefined);
  });
});
