import { describe, expect, it } from "vitest";
import { isBridge, plainClassName } from "../../src/pci/kinds.ts";

describe("isBridge", () => {
  it.each(["060000", "060400", "060401", "060700", "060940"])("%s does not count for a group", (code) => {
    expect(isBridge({ class: code })).toBe(true);
  });

  it.each(["060100", "068000", "030000", "010604", "ff0600"])("%s is an endpoint", (code) => {
    expect(isBridge({ class: code })).toBe(false);
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
