import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSigned } from "../../src/facts/pe-image.ts";

/** The headers of a PE image (Microsoft PE/COFF specification), with a certificate table of that size. */
function image(certificates: number, magic = 0x20b, directories = 16): Uint8Array {
  const bytes = Buffer.alloc(1024);
  bytes.write("MZ");
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write("PE\0\0", 0x80, "latin1");
  const optional = 0x80 + 24;
  bytes.writeUInt16LE(magic, optional);
  const count = optional + (magic === 0x20b ? 108 : 92);
  bytes.writeUInt32LE(directories, count);
  if (certificates > 0) {
    bytes.writeUInt32LE(0x8000, count + 4 + 4 * 8);
    bytes.writeUInt32LE(certificates, count + 4 + 4 * 8 + 4);
  }
  return bytes;
}

describe("a kernel image's signature", () => {
  it.each([
    ["a certificate table", image(1480), true],
    ["one in a 32-bit image", image(1480, 0x10b), true],
    ["none", image(0), false],
    ["too few directories", image(1480, 0x20b, 4), false],
    ["another magic number", image(1480, 0x107), false],
    ["no PE image", Buffer.from("\u001f\u008bcompressed"), false],
    ["nothing", new Uint8Array(), false],
  ])("is told by its headers: %s", (_case, bytes, signed) => {
    expect(isSigned(bytes, "/boot/vmlinuz")).toEqual({ known: true, value: signed });
  });

  it("is unknown where the headers are cut off", () => {
    expect(isSigned(image(1480).subarray(0, 200), "/boot/vmlinuz")).toMatchObject({ known: false });
  });

  it("never fails, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (noise, begun) => {
        const bytes = begun ? Buffer.concat([image(1).subarray(0, 0x98), noise]) : noise;
        expect(typeof isSigned(bytes, "x").known).toBe("boolean");
      }),
    );
  });
});
