import { describe, expect, it } from "vitest";
import { releaseInImage } from "../../../src/archive/kernel-image.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const NEW = "6.1.0-26-amd64";
const MENU = "/boot/grub/grub.cfg";

/** The head of a bzImage as far as it names its release (linux/Documentation/arch/x86/boot.rst). */
function bzImage(version: string): Buffer {
  const bytes = Buffer.alloc(0x1000);
  bytes.write("HdrS", 0x202, "latin1");
  bytes.writeUInt16LE(0x020f, 0x206);
  bytes.writeUInt16LE(0x600, 0x20e);
  bytes.write(`${version}\0`, 0x800, "latin1");
  return bytes;
}

describe("the header of a kernel image", () => {
  it("says its release", () => {
    expect(releaseInImage(bzImage("6.1.0-26-amd64 (debian-kernel@lists.debian.org) #1 SMP"))).toBe(NEW);
    expect(releaseInImage(bzImage(""))).toBeUndefined();
    expect(releaseInImage(Buffer.from("MZ"))).toBeUndefined();
    expect(releaseInImage(bzImage(NEW).subarray(0, 0x700))).toBeUndefined();
  });
});

describe("a copy of a kernel in /boot that update-grub lists", () => {
  /** The copy is the newest by its name, so it is the first entry. */
  function withCopy(name: string, image: Patch[string]): typeof capture {
    const menu = (capture.paths[MENU]?.text ?? "").replace(
      /^(menuentry [^]*?)^submenu/m,
      (_all, first: string) => `${first.replaceAll(NEW, name)}submenu`,
    );
    return patched(capture, {
      [`/boot/vmlinuz-${name}`]: image ?? null,
      [`/boot/initrd.img-${name}`]: "initrd\n",
      [MENU]: menu,
    });
  }
  const spec = { kernelOptions: { present: ["iommu=pt"] } };

  it("starts the release that its image says, whose modules are there", async () => {
    const image = { kind: "file" as const, base64: bzImage(`${NEW} (x) #1`).toString("base64") };
    const plan = await planOf(withCopy(`${NEW}.bak`, image), spec);
    expect(codes(plan, "error")).toEqual([]);
    for (const boot of [plan.nextBoot.before, plan.nextBoot.after])
      expect(boot).toMatchObject({
        value: { release: { value: NEW }, kernel: `/boot/vmlinuz-${NEW}.bak` },
      });
  });

  it("is told by its bytes where its header says nothing", async () => {
    const host = withCopy(`${NEW}.bak`, "the same bytes\n");
    const plan = await planOf(patched(host, { [`/boot/vmlinuz-${NEW}`]: "the same bytes\n" }), spec);
    expect(plan.nextBoot.before).toMatchObject({ value: { release: { value: NEW } } });
  });

  it("is what its name says where nothing else is known", async () => {
    const plan = await planOf(withCopy(`${NEW}.bak`, "other bytes\n"), spec);
    expect(plan.nextBoot.before).toMatchObject({ value: { release: { value: `${NEW}.bak` } } });
  });
});
