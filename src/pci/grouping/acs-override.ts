/**
 * `pcie_acs_override=` of the out-of-tree patch "pci: Enable overrides for missing ACS capabilities", as distributions
 * carry it. It overrides devices that are PCI Express and have no ACS capability.
 */
export interface AcsOverride {
  /** Root ports and downstream ports of switches. */
  readonly downstream: boolean;
  /** Endpoints and upstream ports of switches that are functions of a multifunction device. */
  readonly multifunction: boolean;
  /** `vvvv:dddd`, lower-case hex, at most 15, as the patch reads them. */
  readonly ids: readonly string[];
}

export const NO_OVERRIDE: AcsOverride = { downstream: false, multifunction: false, ids: [] };

export const MOST_OVERRIDE_IDS = 15;
const HEX_DIGITS = 4;

/**
 * Reads the values as the patch's parser does, with all that it takes silently: an item counts by its beginning,
 * unknown items are skipped, and an id takes four characters and then runs to the next colon, wherever that is.
 *
 * @param values Of each `pcie_acs_override=` of a line, in order: what they say adds up.
 */
export function parseAcsOverride(values: readonly string[]): AcsOverride {
  const ids: string[] = [];
  let downstream = false;
  let multifunction = false;
  for (const value of values) {
    for (let at = 0; at < value.length;) {
      if (value.startsWith("downstream", at)) downstream = true;
      if (value.startsWith("multifunction", at)) multifunction = true;
      if (value.startsWith("id:", at) && ids.length < MOST_OVERRIDE_IDS) {
        const { id, end } = readId(value, at + "id:".length);
        if (id !== undefined) ids.push(id);
        at = end;
      }
      const comma = value.indexOf(",", at);
      at = comma === -1 ? value.length : comma + 1;
    }
  }
  return { downstream, multifunction, ids };
}

/** `end` is where the parser stands when it looks for the next comma. */
function readId(value: string, start: number): { readonly id?: string; readonly end: number } {
  const vendor = readHex(value.slice(start, start + HEX_DIGITS));
  if (vendor === undefined) return { end: start };
  const colon = value.indexOf(":", start);
  if (colon === -1) return { end: value.length };
  const device = readHex(value.slice(colon + 1, colon + 1 + HEX_DIGITS));
  return device === undefined ? { end: colon + 1 } : { id: `${vendor}:${device}`, end: colon + 1 };
}

/** As the kernel's kstrtol reads base 16: a sign and `0x` may stand before the digits, and nothing behind them. */
function readHex(text: string): string | undefined {
  const [, sign, digits] = /^([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)\n?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const number = parseInt(digits, 16);
  return ((sign === "-" ? -number : number) & 0xffff).toString(16).padStart(4, "0");
}
