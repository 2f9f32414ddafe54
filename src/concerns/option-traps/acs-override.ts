import { MOST_OVERRIDE_IDS } from "../../pci/grouping/acs-override.ts";
import type { Trap } from "./trap.ts";

const HINT =
  "it knows downstream, multifunction and id:VVVV:DDDD, in small letters, with commas between them";

/** The patch compares each item by its beginning only, and passes over what it does not know without a word. */
export function acsOverrideTraps(value: string): Trap[] {
  const items = value.split(",").filter((item) => item !== "");
  if (items.length === 0) return [{ summary: "pcie_acs_override does nothing without a value", hint: HINT }];
  const ids = items.filter((item) => item.startsWith("id:")).length;
  const traps = items.flatMap(itemTraps);
  return ids <= MOST_OVERRIDE_IDS
    ? traps
    : [
        ...traps,
        {
          summary: `pcie_acs_override keeps ${MOST_OVERRIDE_IDS} ids, and ${ids} are given`,
          hint: "name the ports that matter, or use downstream",
        },
      ];
}

function itemTraps(item: string): Trap[] {
  if (item === "downstream" || item === "multifunction" || /^id:[0-9a-f]{4}:[0-9a-f]{4}$/i.test(item))
    return [];
  if (item.startsWith("id:"))
    return [
      {
        summary: `pcie_acs_override misreads "${item}": an id is exactly four hex digits for the vendor and four for the device`,
        hint: "id:VVVV:DDDD as lspci -nn shows it, without 0x, subsystem or address",
      },
    ];
  const read = ["downstream", "multifunction"].find((word) => item.startsWith(word));
  return read === undefined
    ? [{ summary: `pcie_acs_override silently ignores "${item}"`, hint: HINT }]
    : [
        {
          summary: `pcie_acs_override reads "${item}" as ${read} and ignores the rest`,
          hint: "put commas between the items",
        },
      ];
}
