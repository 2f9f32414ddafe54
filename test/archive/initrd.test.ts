import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCpio } from "../../src/archive/cpio.ts";
import { readInitrd } from "../../src/archive/initrd.ts";
import { cpio } from "../support/cpio.ts";

const MICROCODE = cpio({ "kernel/x86/microcode/AuthenticAMD.bin": "microcode" });
const MAIN = cpio({
  init: "#!/bin/sh\n",
  "usr/lib/modules/6.1.0/vfio-pci.ko": "module",
  "etc/modprobe.d/x.conf": "",
});
const NAMES = ["init", "usr/lib/modules/6.1.0/vfio-pci.ko", "etc/modprobe.d/x.conf"];

/** Undefined where it cannot be read to its end. */
async function initrdMembers(bytes: Uint8Array): Promise<readonly string[] | undefined> {
  const names = await readInitrd(bytes);
  return typeof names === "string" ? undefined : names;
}

describe("an initrd", () => {
  it.each([
    ["plain", MAIN, NAMES],
    ["compressed", gzipSync(MAIN), NAMES],
    [
      "behind microcode",
      Buffer.concat([MICROCODE, gzipSync(MAIN)]),
      ["kernel/x86/microcode/AuthenticAMD.bin", ...NAMES],
    ],
    [
      "behind microcode and zeros",
      Buffer.concat([MICROCODE, Buffer.alloc(512), gzipSync(MAIN)]),
      ["kernel/x86/microcode/AuthenticAMD.bin", ...NAMES],
    ],
    [
      "of two archives in one stream",
      gzipSync(Buffer.concat([MICROCODE, MAIN])),
      ["kernel/x86/microcode/AuthenticAMD.bin", ...NAMES],
    ],
    ["empty", Buffer.alloc(0), []],
  ])("%s is read to its end", async (_what, bytes, names) => {
    expect(await initrdMembers(bytes)).toEqual(names);
  });

  it("is nothing where it is cut off anywhere", async () => {
    const whole = Buffer.concat([MICROCODE, gzipSync(MAIN)]);
    const cuts = [MICROCODE.length - 8, MICROCODE.length + 9, whole.length - 9, whole.length - 1];
    const answers = await Promise.all(cuts.map((at) => initrdMembers(whole.subarray(0, at))));
    expect(answers).toEqual(cuts.map(() => undefined));
  });

  it.each([
    ["cut off in its archive", MAIN.subarray(0, MAIN.length - 8), "damaged"],
    ["cut off in what is compressed", gzipSync(MAIN).subarray(0, 40), "damaged"],
    ["of lzma, which hostcfg does not unpack", Buffer.from([0x5d, 0, 0, 0x80, 0]), "unfamiliar"],
    ["of zeros only, as a power cut leaves it", Buffer.alloc(600), "unfamiliar"],
    ["of a text", Buffer.from("initrd\n"), "unfamiliar"],
  ])("that is %s says so", async (_what, bytes, why) => {
    expect(await readInitrd(bytes)).toBe(why);
  });

  it("of any bytes is answered, and never fails", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, behind) => {
        const answer = await initrdMembers(behind ? Buffer.concat([MICROCODE, bytes]) : bytes);
        expect(answer === undefined || Array.isArray(answer)).toBe(true);
      }),
    );
  });

  it("whose names and sizes lie is not read past its end", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: MAIN.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        (at, value) => {
          const bent = Buffer.from(MAIN);
          bent[at] = value;
          const archive = readCpio(bent, 0);
          const ends = (archive?.members ?? []).map(({ start, size }) => start + size);
          expect(Math.max(0, ...ends)).toBeLessThanOrEqual(bent.length);
        },
      ),
    );
  });
});
