import { describe, expect, it } from "vitest";
import { describeDevice, inWords } from "../../src/pci/describe.ts";
import { pciDevice } from "./support/device.ts";

describe("describeDevice", () => {
  const card = pciDevice({ address: "0000:0c:00.0", vendor: "1002", device: "731f", class: "030000" });

  it("calls a vendor what people call it", () => {
    const names = {
      vendor: "Advanced Micro Devices, Inc. [AMD/ATI]",
      device: "Navi 10",
      class: "VGA compatible controller",
    };
    expect(describeDevice({ ...card, names })).toBe(
      "0c:00.0 VGA compatible controller: AMD/ATI Navi 10 [1002:731f]",
    );
  });

  it("keeps the part of the model's name in brackets, by which a card is sold", () => {
    const names = { vendor: "NVIDIA Corporation", device: "GA102 [GeForce RTX 3080]" };
    expect(describeDevice({ ...card, names })).toBe(
      "0c:00.0 VGA compatible controller: NVIDIA Corporation GA102 [GeForce RTX 3080] [1002:731f]",
    );
  });

  it("says Device for a model that pci.ids does not know yet", () => {
    expect(describeDevice({ ...card, names: { vendor: "NVIDIA Corporation" } })).toBe(
      "0c:00.0 VGA compatible controller: NVIDIA Corporation Device [1002:731f]",
    );
  });

  it("needs no pci.ids", () => {
    expect(describeDevice(card)).toBe("0c:00.0 VGA compatible controller [1002:731f]");
  });

  it("shows a domain other than 0000", () => {
    expect(describeDevice({ ...card, address: "0001:0c:00.0" })).toMatch(/^0001:0c:00\.0 VGA/);
  });
});

describe("inWords", () => {
  it.each([
    [[], ""],
    [["a"], "a"],
    [["a", "b"], "a and b"],
    [["a", "b", "c"], "a, b and c"],
  ])("%j reads %j", (items, words) => {
    expect(inWords(items)).toBe(words);
  });
});
