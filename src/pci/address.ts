/**
 * PCI addresses as sysfs writes them: `dddd:bb:dd.f` in lower-case hex, the function one digit from 0 to 7. A
 * domain may have more than four digits (Intel VMD counts its own from 10000).
 */

/** `0000:0c:00.1` is in slot `0000:0c:00`. */
export function slotAddress(address: string): string {
  return address.slice(0, address.lastIndexOf("."));
}

export function functionNumber(address: string): number {
  return Number(address.slice(address.lastIndexOf(".") + 1));
}

/** As people and lspci write it: without the domain where that is 0000. For addresses of functions and slots. */
export function shortAddress(address: string): string {
  return address.startsWith("0000:") ? address.slice("0000:".length) : address;
}

/** Orders addresses of one kind by domain, bus, device, function; a domain with more digits is a higher one. */
export function compareAddresses(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
