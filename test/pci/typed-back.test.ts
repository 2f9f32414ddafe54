import { describe, expect, it } from "vitest";
import { readPciDevices } from "../../src/pci/devices.ts";
import { shortAddress, slotAddress } from "../../src/pci/address.ts";
import { bridgeChain } from "../../src/pci/bridge-chain.ts";
import { resolveSelector } from "../../src/pci/selectors.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { PciDevice } from "../../src/model/index.ts";
import { unknownAddresses } from "../../src/plan/groups.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import { recordedHosts } from "../support/recorded-hosts.ts";
import { pciDevice } from "./support/device.ts";
import { stateOf } from "./support/state.ts";

/** Below a root bus of a domain that a controller or a hypervisor numbers. */
const inDomain = (domain: string): readonly PciDevice[] => {
  const root = `/sys/devices/pci0000:00/0000:00:0e.0/pci${domain}:e0`;
  const port = `${root}/${domain}:e0:06.0`;
  return [
    pciDevice({ address: `${domain}:e0:06.0`, path: port, class: "060400" }),
    pciDevice({ address: `${domain}:e1:00.0`, path: `${port}/${domain}:e1:00.0` }),
    pciDevice({ address: `${domain}:e1:00.1`, path: `${port}/${domain}:e1:00.1` }),
  ];
};

const hosts: readonly (readonly [string, readonly PciDevice[]])[] = [
  ...["0001", "000c", "10000", "10001", "abcdef", "deadbeef"].map((one) => [one, inDomain(one)] as const),
  ...recordedHosts().flatMap(({ name, capture }) => {
    const devices = readPciDevices(new LinkReader(new CaptureTree(capture)));
    return devices.known ? [[name, devices.value] as const] : [];
  }),
];

describe("whatever groups prints of a device", () => {
  it.each(hosts)("can be typed back, into a spec and after --why: %s", (_name, devices) => {
    for (const device of devices) {
      const { address } = device;
      const chain = bridgeChain(device);
      const selectors = [
        ...[address, shortAddress(address), slotAddress(address), shortAddress(slotAddress(address))].map(
          (one) => ({
            address: one,
          }),
        ),
        ...(chain === undefined ? [] : [{ path: `${chain.rootBus}/${chain.path}` }]),
      ];
      for (const selector of selectors) {
        const { diagnostics } = parseSpec(
          "host.json",
          Buffer.from(JSON.stringify({ apiVersion: "hostcfg/v1", devices: { it: selector } })),
        );
        expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        const found = resolveSelector(selector, devices);
        expect(found.kind === "one" ? found.slot.address : found.kind).toBe(slotAddress(address));
      }
      const words = [address, shortAddress(address), slotAddress(address), address.toUpperCase()];
      expect(unknownAddresses(stateOf({ devices }), words)).toEqual([]);
    }
  });
});
