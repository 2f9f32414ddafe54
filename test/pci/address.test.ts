import { describe, expect, it } from "vitest";
import { compareAddresses, functionNumber, shortAddress, slotAddress } from "../../src/pci/address.ts";

describe("a PCI address", () => {
  it("has a slot and a function", () => {
    expect(slotAddress("0000:0c:00.1")).toBe("0000:0c:00");
    expect(functionNumber("0000:0c:00.1")).toBe(1);
  });

  it.each([
    ["0000:0c:00.1", "0c:00.1"],
    ["0000:0c:00", "0c:00"],
    ["0001:0c:00.1", "0001:0c:00.1"],
    ["10000:e1:00.0", "10000:e1:00.0"],
  ])("%s is written %s", (address, short) => {
    expect(shortAddress(address)).toBe(short);
  });

  it("is ordered by domain, bus, device and function", () => {
    const inOrder = [
      "0000:00:1f.0",
      "0000:00:1f.6",
      "0000:0a:00.0",
      "0001:00:00.0",
      "1000:00:00.0",
      "10000:e0:06.0",
    ];
    expect([...inOrder].reverse().sort(compareAddresses)).toEqual(inOrder);
  });
});
