import type { Trap } from "./trap.ts";

const OPTIONS = ["vfio_pci.ids", "pci_stub.ids"];
/** Vendor and device, then at most subvendor, subdevice, class and its mask. */
const ID = /^(0x)?[0-9a-f]{4}:(0x)?[0-9a-f]{4}(:(0x)?[0-9a-f]{1,8}){0,4}$/i;

/** The module passes over what is no id, and reads an address as an id that no card has. */
export function idTraps(name: string, value: string): Trap[] {
  if (!OPTIONS.includes(name)) return [];
  const spelled = name.replace("_", "-");
  const items = value.split(",").filter((item) => item !== "");
  if (items.length === 0) return [{ summary: `${spelled} names no id, so it binds nothing`, hint: HINT }];
  return items
    .filter((item) => !ID.test(item))
    .map((item) => ({ summary: `${spelled} binds nothing for "${item}", which is no PCI id`, hint: HINT }));
}

const HINT = "VVVV:DDDD as lspci -nn shows it, such as 10de:2206, with commas between ids";
