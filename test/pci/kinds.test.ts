import { describe, expect, it } from "vitest";
import { isBridge, isDisplay, plainClassName } from "../../src/pci/kinds.ts";

describe("isBridge", () => {
  it.each(["060000", "060400", "060401", "060700", "060940"])("%s does not count for a group", (code) => {
    expect(isBridge({ class: code })).toBe(true);
  });

  it.each(["060100", "068000", "030000", "010604", "ff0600"])("%s is an endpoint", (code) => {
    expect(isBridge({ class: code })).toBe(false);
  });
});

describe("isDisplay", () => {
  it("takes VGA and 3D controllers alike", () => {
    expect(["030000", "030200", "038000"].every((code) => isDisplay({ class: code }))).toBe(true);
  });

  it("does not take a card's audio function", () => {
    expect(isDisplay({ class: "040300" })).toBe(false);
  });
});

describe("plainClassName", () => {
  it.each([
    ["030000", "VGA compatible controller"],
    ["038000", "Display controller"],
    ["0c0330", "USB controller"],
    ["0c8000", "Serial bus controller"],
    ["ff0000", "Device of class ff00"],
  ])("%s is a %s", (code, name) => {
    expect(plainClassName(code)).toBe(name);
  });
});
