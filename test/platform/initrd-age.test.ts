import { describe, expect, it } from "vitest";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { readInitramfs } from "../../src/platform/initramfs.ts";
import { withOlderThan } from "../../src/platform/initrd-age.ts";
import { readKernels } from "../../src/platform/debian/kernels.ts";
import type { Fact } from "../../src/model/index.ts";
import type { Patch } from "../support/planning.ts";
import { patched } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const RELEASE = "6.1.0-25-amd64";
const MADE = Date.UTC(2020, 0, 1);

function olderThan(
  patch: Patch,
  { release = RELEASE, takenAt = capture.takenAt }: { release?: string; takenAt?: string } = {},
): Fact<readonly string[]> | undefined {
  const reader = new LinkReader(new CaptureTree({ ...patched(capture, patch), takenAt }));
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
    `/usr/lib/modules/${RELEASE}/modules.order`,
    `/usr/lib/modules/${RELEASE}/updates`,
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
    ["the modules of another kernel", "/usr/lib/modules/6.1.0-26-amd64/modules.order"],
    [
      "the list that depmod writes again whenever kernel-install has it run",
      `/usr/lib/modules/${RELEASE}/modules.dep`,
    ],
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

describe("a clock that was wrong", () => {
  const INITRD = `/boot/initrd.img-${RELEASE}`;
  const LATER = Date.UTC(2090, 4, 6);
  const later = (path: string) => ({
    known: false,
    why: `${path} is dated 2090-05-06, later than what the clock says now`,
  });

  it("when the initrd was made leaves its age unknown: it looks newer than any change since", () => {
    expect(olderThan({ [INITRD]: { kind: "file", size: 9, modifiedAt: LATER } })).toEqual(later(INITRD));
  });

  it("when a file was changed leaves it unknown: a new initrd would be older than that again", () => {
    const path = "/etc/modprobe.d/vfio.conf";
    expect(olderThan({ [path]: changed(LATER) })).toEqual(later(path));
  });

  it("that is back at 1970 says nothing of files that are all later", () => {
    const takenAt = "1970-01-01T00:10:00Z";
    expect(olderThan({}, { takenAt })?.known).toBe(false);
    const made = { [INITRD]: { kind: "file", size: 9, modifiedAt: 590_000 } } as const;
    expect(olderThan(made, { takenAt })?.known).toBe(false);
  });

  it("does not hide what is surely newer", () => {
    const found = olderThan({
      "/etc/modprobe.d/a.conf": changed(LATER),
      "/etc/modprobe.d/b.conf": changed(MADE + 3),
    });
    expect(found).toEqual({ known: true, value: ["/etc/modprobe.d/b.conf"] });
  });

  it("by less than a clock that is kept right steps back is no matter", () => {
    const takenAt = new Date(MADE - 1000).toISOString();
    expect(olderThan({}, { takenAt })).toEqual({ known: true, value: [] });
  });
});
