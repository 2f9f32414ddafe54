import { kernelWords, parseOption, splitLine } from "../../cmdline.ts";

/** An item of `pci=` that takes ACS away from ports (Documentation/admin-guide/kernel-parameters.txt). */
interface Hindrance {
  readonly item: string;
  readonly risk: string;
}

/** A line without items that take ACS away from ports, and what that gives up. */
export interface LineWithout {
  readonly items: readonly string[];
  readonly options: string;
  readonly risk: string;
}

const DIRECT =
  "None for isolation: devices that could talk to each other directly go through the root complex again.";
const NO_MMCONFIG =
  "The option is there to get around a faulty table of the firmware; without it such a host may not find its devices.";

/** The line without what keeps ports from using the ACS that they have; undefined where it has nothing of the kind. */
export function lineWithoutHindrances(line: string): LineWithout | undefined {
  const found: Hindrance[] = [];
  const ofKernel = kernelWords(line);
  const kept = ofKernel.flatMap((word) => {
    const { name, value } = parseOption(word);
    if (name !== "pci" || value === undefined) return [word];
    const items = value.split(",");
    const hindering = items.filter(hinders);
    if (hindering.length === 0) return [word];
    found.push(...hindering.map((item) => ({ item, risk: item === "nommconf" ? NO_MMCONFIG : DIRECT })));
    const others = items.filter((item) => !hinders(item));
    return others.length === 0 ? [] : [`pci=${others.join(",")}`];
  });
  if (found.length === 0) return undefined;
  return {
    items: found.map(({ item }) => `pci=${item}`),
    options: [...kept, ...splitLine(line).slice(ofKernel.length)].join(" "),
    risk: found.find(({ risk }) => risk === NO_MMCONFIG)?.risk ?? DIRECT,
  };
}

function hinders(item: string): boolean {
  return item === "nommconf" || item.startsWith("disable_acs_redir=") || item.startsWith("config_acs=");
}
