import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { searchBytes } from "../../src/archive/search-bytes.ts";
import { CONTENT, PACKED, bzImage, fixture, withSize, zboot } from "./images.ts";

const TEXTS = ["pcie_acs_override", "Linux version ", "not in there"];
const FOUND = ["pcie_acs_override", "Linux version "];

describe.each(Object.entries(PACKED))("a kernel packed with %s", (packed, bytes) => {
  const payload = packed === "gzip" ? bytes : withSize(bytes);

  it.each([
    ["a bzImage", bzImage(payload)],
    ["an EFI zboot image", zboot(payload)],
    ["a bare file, as on arm64", bytes],
    [
      "an image of another form, e.g. a unified one",
      Buffer.concat([Buffer.from("MZ\0\0 stub"), Buffer.alloc(5000), payload, Buffer.alloc(300)]),
    ],
    ["a bzImage too old to say where it is", bzImage(payload, { protocol: 0x0207 })],
  ])("is searched in %s", async (_form, image) => {
    expect(await searchBytes(image, TEXTS)).toEqual({ found: FOUND, packed });
  });

  it("is not taken for whole where it is cut", async () => {
    const cut = bzImage(bytes.subarray(0, bytes.length / 3), { length: payload.length });
    const search = await searchBytes(cut.subarray(0, -64), ["not in there"]);
    expect(search).toMatchObject({ found: [], packed });
    expect(search.incomplete).toContain(`its ${packed} part cannot be unpacked`);
  });
});

describe("a file that is searched", () => {
  it("is named as packed with what is known but not unpacked", async () => {
    const image = bzImage(withSize(fixture("content.lzma")));
    expect(await searchBytes(image, TEXTS)).toEqual({
      found: [],
      packed: "lzma",
      incomplete: "hostcfg does not unpack lzma",
    });
  });

  it("is searched as it is where nothing in it is compressed, e.g. an ELF kernel or a table of symbols", async () => {
    expect(await searchBytes(Buffer.concat([Buffer.from("\x7fELF"), CONTENT]), TEXTS)).toEqual({
      found: FOUND,
    });
    expect(await searchBytes(Buffer.from("ffffffff81e00000 t pcie_acs_override_setup\n"), TEXTS)).toEqual({
      found: ["pcie_acs_override"],
    });
  });

  it("holds nothing where it is empty", async () => {
    expect(await searchBytes(Buffer.alloc(0), TEXTS)).toEqual({ found: [] });
  });

  it("never makes the search throw, whatever its bytes are", async () => {
    const magic = fc.constantFrom(...Object.values(PACKED).map((packed) => packed.subarray(0, 12)));
    const header = fc.constantFrom(bzImage(Buffer.alloc(0)), zboot(Buffer.alloc(8)), Buffer.alloc(0));
    const tail = fc.uint8Array({ maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(header, magic, tail, async (front, start, rest) => {
        const search = await searchBytes(Buffer.concat([front, start, rest]), TEXTS);
        expect(search.found).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
