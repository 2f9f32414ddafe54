import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeConfig } from "../../src/pci/config-space.ts";
import { configSpace } from "./grouping/support/config-bytes.ts";

const acs = { capability: 0x1f, control: 0x1d };

describe("decodeConfig", () => {
  it("reads type and ACS of a PCI Express device", () => {
    expect(decodeConfig(configSpace({ pcieType: 4, acs, multifunction: true }))).toEqual({
      multifunctionBit: true,
      config: { pcieType: 4, acs: { ...acs, controlAt8: 0 } },
    });
  });

  it("reads whether a port has a slot", () => {
    const bytes = configSpace({ pcieType: 4 });
    const at = bytes[0x34] ?? 0;
    bytes[at + 3] = 0x01;
    expect(decodeConfig(bytes).config).toEqual({ pcieType: 4, slot: true });
  });

  it("reads the control bits that Sunrise Point ports keep at offset 8", () => {
    const { config } = decodeConfig(configSpace({ pcieType: 4, acs: { ...acs, controlAt8: 0x1d } }));
    expect(config).toMatchObject({ acs: { controlAt8: 0x1d } });
  });

  it("takes a device without capability list as conventional, however short its file is", () => {
    const conventional = { multifunctionBit: false, config: {} };
    expect(decodeConfig(configSpace({}))).toEqual(conventional);
    expect(decodeConfig(configSpace({}).subarray(0, 64))).toEqual(conventional);
    expect(decodeConfig(configSpace({}).subarray(0, 62))).toEqual(conventional);
  });

  it("does not take for missing what an unprivileged reader does not get to see", () => {
    const bytes = configSpace({ pcieType: 4, acs, multifunction: true });
    for (const length of [64, 63, 60]) {
      expect(decodeConfig(bytes.subarray(0, length))).toEqual({
        multifunctionBit: true,
        config: "truncated",
      });
    }
  });

  it("reads zeros that were cut off from the end of what root has read", () => {
    const bytes = configSpace({ pcieType: 6, acs: { capability: 0x1f, control: 0 } });
    const cut = bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
    expect(decodeConfig(cut)).toEqual(decodeConfig(bytes));
    const withoutExtended = configSpace({ pcieType: 6 });
    expect(decodeConfig(withoutExtended.subarray(0, 0x44))).toEqual(decodeConfig(withoutExtended));
  });

  it("sees 128 bytes of a CardBus bridge without root, and its list where it is", () => {
    const bytes = configSpace({ headerType: 2, pcieType: 7, capabilityAt: 0xa0 });
    expect(decodeConfig(bytes).config).toEqual({ pcieType: 7 });
    expect(decodeConfig(bytes.subarray(0, 128)).config).toBe("truncated");
  });

  it("does not look for extended capabilities of a conventional device", () => {
    expect(decodeConfig(configSpace({ acs })).config).toEqual({});
  });

  it.each([
    ["enabled", 0x01, true],
    ["not enabled", 0x00, false],
  ])("knows of function 1f.0 whether RCBA is %s, and only if root has read it", (_how, byte, expected) => {
    const bytes = Buffer.from(configSpace({}));
    bytes[0xf0] = byte;
    bytes[0xff] = 1;
    expect(decodeConfig(bytes, true).config).toEqual({ rcbaEnabled: expected });
    expect(decodeConfig(bytes).config).toEqual({});
    expect(decodeConfig(bytes.subarray(0, 64), true).config).toEqual({});
  });

  it("knows nothing of a device that does not answer, or of no bytes", () => {
    expect(decodeConfig(new Uint8Array(256).fill(0xff))).toEqual({ silent: true, config: "silent" });
    expect(decodeConfig(new Uint8Array(0))).toEqual({ config: "truncated" });
  });

  it("ends on lists that loop", () => {
    const classic = Buffer.from(configSpace({}));
    classic[6] = 0x10;
    classic[0x34] = 0x50;
    classic[0x50] = 0x01;
    classic[0x51] = 0x50;
    expect(decodeConfig(classic).config).toEqual({});
    const extended = Buffer.from(configSpace({ pcieType: 0 }));
    extended.writeUInt32LE(0x1000_0001, 0x100);
    expect(decodeConfig(extended).config).toEqual({ pcieType: 0 });
  });

  it("never throws and always ends, whatever the bytes", () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: 4096, maxLength: 4096 }),
      // Capability lists are walked only where the header says that there are some.
      fc.uint8Array({ minLength: 300, maxLength: 4096 }).map((bytes) => {
        bytes[6] = 0x10;
        bytes[0x0e] = (bytes[0x0e] ?? 0) & 0x80;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(anyBytes, fc.boolean(), (bytes, lpc) => {
        const { config } = decodeConfig(bytes, lpc);
        if (bytes.length > 128) expect(config).not.toBe("truncated");
      }),
      { numRuns: 300 },
    );
  });
});
