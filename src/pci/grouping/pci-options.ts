import type { Place } from "./topology.ts";

/** What of `pci=` concerns groups (pci_setup in drivers/pci/pci.c, pcibios_setup in arch/x86/pci/common.c). */
export interface PciOptions {
  /** Extended capabilities are out of reach: `nommconf`, or an access method that has none (`conf1`, `conf2`). */
  readonly noExtendedConfig: boolean;
  /** The value of the last `disable_acs_redir=`. */
  readonly disableAcsRedir?: string;
  /** The value of the last `config_acs=`, since Linux 6.11. */
  readonly configAcs?: string;
}

const DISABLE_ACS_REDIR = "disable_acs_redir=";
const CONFIG_ACS = "config_acs=";
const WITHOUT_EXTENDED = new Set(["nommconf", "conf1", "conf2"]);

/** @param values Of each `pci=` of a line, in order. */
export function parsePciOptions(values: readonly string[]): PciOptions {
  const items = values.flatMap((value) => value.split(","));
  const last = (start: string) => items.findLast((item) => item.startsWith(start))?.slice(start.length);
  const [disableAcsRedir, configAcs] = [last(DISABLE_ACS_REDIR), last(CONFIG_ACS)];
  return {
    noExtendedConfig: items.some((item) => WITHOUT_EXTENDED.has(item)),
    ...(disableAcsRedir !== undefined && { disableAcsRedir }),
    ...(configAcs !== undefined && { configAcs }),
  };
}

/** Whether one of the devices, separated by semicolons, is this one. What follows an error is not read. */
export function matchesDevices(list: string, place: Place): boolean {
  for (const item of list.split(";")) {
    const match = matchDevice(item, place);
    if (match !== "no") return match === "yes";
  }
  return false;
}

/** What `config_acs=` does to the control word: bits outside `mask` stay as the firmware set them. */
export interface ConfiguredBits {
  readonly mask: number;
  readonly flags: number;
}

/**
 * The bits for this device of `<bits>@<device>[;<bits>@<device>…]`; the first that matches counts, and an error ends
 * the reading.
 *
 * @param onlyFirst Kernels before the fix of 2025 read no further than the first device.
 */
export function configuredBits(list: string, place: Place, onlyFirst: boolean): ConfiguredBits | undefined {
  const items = list.split(";");
  for (const item of onlyFirst ? items.slice(0, 1) : items) {
    const [text, device] = splitOnce(item, "@");
    const bits = device === undefined ? undefined : readBits(text);
    if (bits === undefined || device === undefined) return undefined;
    const match = matchDevice(device, place);
    if (match !== "no") return match === "yes" ? bits : undefined;
  }
  return undefined;
}

/** The rightmost character is bit 0; `x` leaves a bit alone. No more bits than ACS has. */
function readBits(text: string): ConfiguredBits | undefined {
  if (!/^[xX]*[01xX]{0,7}$/.test(text)) return undefined;
  const bits = Array.from(text).reverse();
  const sum = (of: string) =>
    bits.reduce((all, char, shift) => (of.includes(char) ? all | (1 << shift) : all), 0);
  return { mask: sum("01"), flags: sum("1") };
}

const HEX = "(?:0[xX])?([0-9a-fA-F]+)";
const IDS = new RegExp(`^pci:${HEX}:${HEX}(?::${HEX}:${HEX})?(.*)$`);
const ADDRESS = new RegExp(`^(?:${HEX}:)?${HEX}:${HEX}\\.${HEX}$`);
const STEP = new RegExp(`^${HEX}\\.${HEX}$`);

/** pci_dev_str_match in drivers/pci/pci.c: an address, a path of them by device and function, or ids (0 is any). */
function matchDevice(text: string, place: Place): "yes" | "no" | "error" {
  if (text.startsWith("pci:")) return matchIds(text, place);
  const [first = "", ...steps] = text.split("/");
  let at: Place | undefined = place;
  for (const step of steps.reverse()) {
    const [, slot = "", fn = ""] = STEP.exec(step) ?? [];
    if (slot === "") return "error";
    if (at.devfn !== devfn(slot, fn)) return "no";
    at = at.above;
    if (at === undefined) return "no";
  }
  const [, domain = "0", bus = "", slot = "", fn = ""] = ADDRESS.exec(first) ?? [];
  if (bus === "") return "error";
  const same =
    parseInt(domain, 16) === at.domain && parseInt(bus, 16) === at.busNumber && devfn(slot, fn) === at.devfn;
  return same ? "yes" : "no";
}

function matchIds(text: string, { device }: Place): "yes" | "no" | "error" {
  const found = IDS.exec(text);
  if (found === null) return "error";
  const own = [device.vendor, device.device, device.subsystemVendor, device.subsystemDevice];
  const matches = own.every((id, which) => {
    const wanted = parseInt(found[which + 1] ?? "0", 16) & 0xffff;
    return wanted === 0 || wanted === parseInt(id, 16);
  });
  if (matches) return "yes";
  // Something behind the ids ends the list, but only where they did not match.
  return found[5] === "" ? "no" : "error";
}

function devfn(slot: string, fn: string): number {
  return ((parseInt(slot, 16) & 0x1f) << 3) | (parseInt(fn, 16) & 7);
}

function splitOnce(text: string, mark: string): readonly [string, string?] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}
