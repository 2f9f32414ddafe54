import { describe, expect, it } from "vitest";
import { configuredBits, matchesDevices, parsePciOptions } from "../../../src/pci/grouping/pci-options.ts";
import { topologyOf } from "../../../src/pci/grouping/topology.ts";
import { pciDevice } from "../support/device.ts";

const port = "/sys/devices/pci0000:00/0000:00:03.1";
const topology = topologyOf([
  pciDevice({ address: "0000:00:03.1", class: "060400", vendor: "1022", device: "1483" }),
  pciDevice({ address: "0000:0a:00.0", path: `${port}/0000:0a:00.0`, vendor: "10de", device: "2206" }),
]);
function at(address: string) {
  const place = topology.at(address);
  if (place === undefined) throw new Error(address);
  return place;
}
const card = at("0000:0a:00.0");

describe("parsePciOptions", () => {
  it.each([
    ["nothing that concerns groups", ["noats", "nomsi,noaer"], { noExtendedConfig: false }],
    ["nommconf among others", ["noats,nommconf"], { noExtendedConfig: true }],
    ["an access method without extended space", ["conf1"], { noExtendedConfig: true }],
    ["no longer word", ["nommconfig"], { noExtendedConfig: false }],
    [
      "devices whose ACS redirection is off, separated by semicolons",
      ["noats,disable_acs_redir=00:01.0;pci:1b36:000c,nomsi"],
      { noExtendedConfig: false, disableAcsRedir: "00:01.0;pci:1b36:000c" },
    ],
    [
      "the last of several",
      ["disable_acs_redir=00:01.0", "disable_acs_redir=00:02.0,config_acs=x1@00:03.0"],
      { noExtendedConfig: false, disableAcsRedir: "00:02.0", configAcs: "x1@00:03.0" },
    ],
  ])("reads %s", (_what, values, expected) => {
    expect(parsePciOptions(values)).toEqual(expected);
  });
});

describe("matchesDevices", () => {
  it.each([
    "0a:00.0",
    "0000:0a:00.0",
    "0:a:0.0",
    "00:03.1/00.0",
    "0000:00:03.1/0.0",
    "pci:10de:2206",
    "pci:10DE:2206",
    "pci:0:2206",
    "pci:10de:0",
    "pci:10de:2206:1af4:1100",
    "pci:10de:2206:0:1100",
    "00:1f.0;0a:00.0",
    "pci:1b36:c;pci:10de:2206",
    "0a:00.0;nonsense",
  ])("finds the card by %s", (list) => {
    expect(matchesDevices(list, card)).toBe(true);
  });

  it.each([
    "0a:00.1",
    "0001:0a:00.0",
    "00:03.2/00.0",
    "00:03.1/00.1",
    "00:03.1",
    "pci:10de:2207",
    "pci:10de:2206:1af4:1101",
    "pci:10de",
    "",
    "nonsense;0a:00.0",
    "0a:00.0x",
    "0a:00.0,0a:00.0",
  ])("does not find it by %s", (list) => {
    expect(matchesDevices(list, card)).toBe(false);
  });

  it("follows a path up over more bridges than there are without finding anything", () => {
    expect(matchesDevices("00:00.0/03.1/00.0", card)).toBe(false);
  });
});

describe("configuredBits", () => {
  it.each([
    ["10x@0a:00.0", { mask: 0b110, flags: 0b100 }],
    ["xxxxxxxx1@0a:00.0", { mask: 1, flags: 1 }],
    ["1111111@pci:10de:2206", { mask: 0x7f, flags: 0x7f }],
    ["x@00:01.0;0@0a:00.0", { mask: 1, flags: 0 }],
  ])("reads %s", (list, expected) => {
    expect(configuredBits(list, card, false)).toEqual(expected);
  });

  it.each(["10x", "10y@0a:00.0", "10000000@0a:00.0", "1@0b:00.0", "1@00:01.0;0a:00.0"])(
    "reads nothing from %s",
    (list) => {
      expect(configuredBits(list, card, false)).toBeUndefined();
    },
  );

  it("gets no further than the first device on the kernels that had the fault", () => {
    expect(configuredBits("1@00:01.0;1@0a:00.0", card, true)).toBeUndefined();
    expect(configuredBits("1@0a:00.0;1@00:01.0", card, true)).toEqual({ mask: 1, flags: 1 });
  });
});
