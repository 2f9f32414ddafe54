import type { PciDevice } from "../model/index.ts";
import { shortAddress } from "./address.ts";
import { plainClassName } from "./kinds.ts";

/**
 * One line for a person, close to `lspci -nn`:
 * `0c:00.0 VGA compatible controller: AMD/ATI Navi 10 [1002:731f]`, and without pci.ids
 * `0c:00.0 VGA compatible controller [1002:731f]`.
 */
export function describeDevice(device: PciDevice): string {
  const { names } = device;
  const label = `${shortAddress(device.address)} ${names.class ?? plainClassName(device.class)}`;
  const ids = `[${device.vendor}:${device.device}]`;
  if (names.vendor === undefined) return `${label} ${ids}`;
  return `${label}: ${shortVendor(names.vendor)} ${names.device ?? "Device"} ${ids}`;
}

/** pci.ids ends a long company name with what people call it: `Advanced Micro Devices, Inc. [AMD/ATI]`. */
function shortVendor(name: string): string {
  return /\[([^\]]+)\]$/.exec(name)?.[1] ?? name;
}

/** `a`, `a and b`, `a, b and c`. */
export function inWords(items: readonly string[]): string {
  const [last = "", ...others] = [...items].reverse();
  return others.length === 0 ? last : `${others.reverse().join(", ")} and ${last}`;
}
