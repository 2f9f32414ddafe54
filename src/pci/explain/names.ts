import type { PciDevice } from "../../model/index.ts";
import { shortAddress } from "../address.ts";

/** What a device is in the tree, by its PCI Express type (PCI Express Base Specification, 7.5.3.2). */
const BY_TYPE: Readonly<Record<number, string>> = {
  4: "root port",
  5: "switch upstream port",
  6: "switch downstream port",
  7: "PCIe-to-PCI bridge",
  8: "PCI-to-PCIe bridge",
  9: "integrated endpoint",
  10: "event collector",
};

/** Names devices in the middle of a sentence, e.g. `root port 00:03.1`. */
export type Namer = (address: string) => string;

export function namer(devices: readonly PciDevice[]): Namer {
  const known = new Map(devices.map((device) => [device.address, device]));
  return (address) => {
    const device = known.get(address);
    return device === undefined ? shortAddress(address) : `${kindOf(device)}${shortAddress(address)}`;
  };
}

function kindOf({ config, class: code }: PciDevice): string {
  const type = config.known ? config.value.pcieType : undefined;
  const name = type === undefined ? undefined : BY_TYPE[type];
  if (name !== undefined) return `${name} `;
  if (!code.startsWith("0604")) return "";
  return config.known ? "PCI bridge " : "port ";
}
