import { describe, expect, it } from "vitest";
import { codes, debOf, packageOf, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("pop-x570");
const image = debOf("linux-image-5.3.0-acso", "5.3.0-acso-1");
const spec = { kernel: { packages: [packageOf(image)] } };
const needed = largest("vmlinuz-") + largest("initrd.img-");

function largest(prefix: string): number {
  const files = Object.entries(capture.paths).filter(([path]) => path.startsWith(`/boot/${prefix}`));
  return Math.max(...files.map(([, { size, text }]) => size ?? text?.length ?? 0));
}

/** The recorded host with this many bytes free in a folder. */
function withFree(freeBytes: number, folder = "/boot"): typeof capture {
  return patched(capture, { [folder]: { kind: "directory", ...capture.paths[folder], freeBytes } });
}

describe("the room that packages need in /boot", () => {
  it("is that of the largest kernel and initrd that are there, for what comes is not known before", async () => {
    const enough = await planOf(withFree(needed), spec, [image]);
    expect(codes(enough, "error")).toEqual([]);
    const short = await planOf(withFree(needed - 1), spec, [image]);
    expect(codes(short, "error")).toEqual(["boot-space"]);
    expect(short.applyable).toBe(false);
  });

  it("is not asked for when nothing is installed", async () => {
    expect(codes(await planOf(withFree(0), {}), "error")).toEqual([]);
  });

  it("could be had from kernels that neither run, nor are declared, nor are the way back", async () => {
    const old = "5.0.0-1-generic";
    const host = patched(withFree(100), {
      [`/boot/vmlinuz-${old}`]: "x".repeat(1 << 20),
      [`/boot/initrd.img-${old}`]: "x".repeat(1 << 20),
    });
    const [problem] = (await planOf(host, spec, [image])).diagnostics.filter(
      ({ code }) => code === "boot-space",
    );
    expect(problem?.hint).toContain(`sudo apt remove linux-image-${old} frees 2.0 MiB`);
    expect(problem?.hint).not.toContain("linux-image-5.3.0-7625-generic");
  });
});

describe("the room that packages need elsewhere", () => {
  it("is for what they unpack to, in /usr", async () => {
    if (!image.control.known) throw new Error("debOf knows it");
    const large = {
      ...image,
      control: { known: true, value: { ...image.control.value, installedSize: 10 } },
    } as const;
    expect(codes(await planOf(withFree(10 * 1024, "/usr"), spec, [large]), "error")).toEqual([]);
    expect(codes(await planOf(withFree(10 * 1024 - 1, "/usr"), spec, [large]), "error")).toEqual([
      "disk-space",
    ]);
  });

  it("is for making an initrd, in /var/tmp, and only warned of, for it is a guess", async () => {
    const six = 6 * largest("initrd.img-");
    const warned = async (free: number): Promise<boolean> =>
      codes(await planOf(withFree(free, "/var/tmp"), spec, [image]), "warning").includes("initrd-space");
    expect([await warned(six), await warned(six - 1)]).toEqual([false, true]);
  });
});
