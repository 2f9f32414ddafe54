import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pciNames, trimPciIds } from "../../src/pci/ids.ts";

const IDS = `#
#	List of PCI ID's
#
1002  Advanced Micro Devices, Inc. [AMD/ATI]
	731f  Navi 10
		1002 0b36  Reference board
	ab38  Navi 10 HDMI Audio
# a vendor between
10de  NVIDIA Corporation
# a note on the next model
	2206  GA102 [GeForce RTX 3080]
	1aef  GA102 High Definition Audio Controller
8086  Intel Corporation

# List of known device classes
C 03  Display controller
	00  VGA compatible controller
		00  VGA controller
	02  3D controller
C 04  Multimedia controller
	03  Audio device
`;

describe("pciNames", () => {
  it.each([
    [
      "1002",
      "731f",
      "030000",
      {
        vendor: "Advanced Micro Devices, Inc. [AMD/ATI]",
        device: "Navi 10",
        class: "VGA compatible controller",
      },
    ],
    [
      "10de",
      "2206",
      "030200",
      { vendor: "NVIDIA Corporation", device: "GA102 [GeForce RTX 3080]", class: "3D controller" },
    ],
    [
      "10de",
      "1aef",
      "040300",
      {
        vendor: "NVIDIA Corporation",
        device: "GA102 High Definition Audio Controller",
        class: "Audio device",
      },
    ],
  ])("finds %s:%s of class %s", (vendor, device, code, names) => {
    expect(pciNames(IDS, { vendor, device, class: code })).toEqual(names);
  });

  it("does not take a model of the next vendor", () => {
    expect(pciNames(IDS, { vendor: "1002", device: "2206", class: "ff0000" })).toEqual({
      vendor: "Advanced Micro Devices, Inc. [AMD/ATI]",
    });
  });

  it("does not take a board for a model", () => {
    expect(pciNames(IDS, { vendor: "1002", device: "1002", class: "ff0000" })).not.toHaveProperty("device");
  });

  it("names the base class where the subclass has no name", () => {
    expect(pciNames(IDS, { vendor: "ffff", device: "ffff", class: "038000" })).toEqual({
      class: "Display controller",
    });
  });

  it("finds a vendor in the first line and one without models", () => {
    expect(pciNames("8086  Intel Corporation", { vendor: "8086", device: "10d3", class: "020000" })).toEqual({
      vendor: "Intel Corporation",
    });
  });

  it("finds nothing in an empty text", () => {
    expect(pciNames("", { vendor: "8086", device: "10d3", class: "020000" })).toEqual({});
  });
});

describe("trimPciIds", () => {
  it("keeps only the lines that are needed, vendors before classes", () => {
    const devices = [
      { vendor: "10de", device: "2206", class: "030000" },
      { vendor: "1002", device: "731f", class: "030000" },
      { vendor: "1002", device: "ffff", class: "040100" },
    ];
    expect(trimPciIds(IDS, devices)).toBe(
      [
        "1002  Advanced Micro Devices, Inc. [AMD/ATI]",
        "	731f  Navi 10",
        "10de  NVIDIA Corporation",
        "	2206  GA102 [GeForce RTX 3080]",
        "C 03  Display controller",
        "	00  VGA compatible controller",
        "C 04  Multimedia controller",
        "",
      ].join("\n"),
    );
  });

  it("keeps nothing for no devices", () => {
    expect(trimPciIds(IDS, [])).toBe("");
  });

  const vendor = fc.constantFrom("1002", "10de", "a1ef", "c003");
  const model = fc.constantFrom("0000", "10de", "2206", "c003");
  const base = fc.constantFrom("03", "04", "0c");
  const sub = fc.constantFrom("00", "03", "80");
  const device = fc
    .tuple(vendor, model, base, sub)
    .map(([v, d, b, s]) => ({ vendor: v, device: d, class: `${b}${s}00` }));
  const noise = fc.array(fc.constantFrom("# note", "\t\t10de 2206  Board", "\t# note"), { maxLength: 2 });
  const name = fc.stringMatching(/^[A-Z][a-z]{0,4}( \[[A-Z]\])?$/);
  const list = (heading: fc.Arbitrary<string>, inner: fc.Arbitrary<string>) =>
    fc
      .uniqueArray(
        fc.tuple(
          heading,
          name,
          fc.uniqueArray(fc.tuple(inner, name, noise), { maxLength: 4, selector: ([id]) => id }),
          noise,
        ),
        { selector: ([id]) => id },
      )
      .map((sections) =>
        sections.flatMap(([id, title, below, between]) => [
          `${id}  ${title}`,
          ...between,
          ...below.flatMap(([inside, subtitle, after]) => [`\t${inside}  ${subtitle}`, ...after]),
        ]),
      );
  const texts = fc
    .tuple(
      list(vendor, model),
      list(
        base.map((id) => `C ${id}`),
        sub,
      ),
    )
    .map(([vendors, classes]) => [...vendors, "", ...classes, ""].join("\n"));

  it("gives every kept device the names that the whole text gives", () => {
    fc.assert(
      fc.property(texts, fc.array(device), (text, devices) => {
        const trimmed = trimPciIds(text, devices);
        expect(devices.map((one) => pciNames(trimmed, one))).toEqual(
          devices.map((one) => pciNames(text, one)),
        );
        expect(trimPciIds(trimmed, devices)).toBe(trimmed);
      }),
    );
  });
});
