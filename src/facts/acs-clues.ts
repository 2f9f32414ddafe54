import { ACS_OVERRIDE } from "../cmdline.ts";
import type { TextSearch } from "../archive/text-search.ts";
import type { AcsPatch, BootLog, Fact } from "../model/index.ts";
import { parseOption } from "../cmdline.ts";

/** What one source shows of a kernel and the ACS override patch. */
export interface Clue {
  readonly shows: "carried" | "absent" | "nothing";
  /** One clause. */
  readonly clause: string;
}

/** A symbol of drivers/pci/pci.c: a table that has it is that of a kernel, and no stub, with all of its PCI code. */
const PCI_SYMBOL = " pci_acs_enabled";
/** How a kernel's own banner begins (init/version.c): what has it was unpacked to the kernel itself. */
const BANNER = "Linux version ";

/**
 * What is searched for. The option's name stands in the image, for early_param() keeps it to compare with, and begins
 * both names of the patch's functions (`pcie_acs_override_setup`, `pcie_acs_overrides`). The addresses of both are taken,
 * so no compiler removes them, and tables of symbols list functions of any kind.
 */
export const TEXTS = [ACS_OVERRIDE, PCI_SYMBOL, BANNER] as const;

/** System.map or kallsyms. Debian's System.map is a line that says where the real one is. */
export function clueOfSymbols(path: string, { found, incomplete }: TextSearch): Clue {
  if (found.includes(ACS_OVERRIDE)) return { shows: "carried", clause: `${path} lists its functions` };
  if (incomplete !== undefined) return { shows: "nothing", clause: `${path}: ${incomplete}` };
  return found.includes(PCI_SYMBOL)
    ? { shows: "absent", clause: `${path} lists the kernel's PCI functions, and none of the patch` }
    : { shows: "nothing", clause: `${path} does not list the kernel's functions` };
}

/** vmlinuz, which the search has unpacked. */
export function clueOfImage(path: string, { found, incomplete, packed }: TextSearch): Clue {
  const how = packed === undefined ? path : `${path}, unpacked (${packed}),`;
  if (found.includes(ACS_OVERRIDE)) return { shows: "carried", clause: `${how} holds the option's name` };
  if (incomplete !== undefined) return { shows: "nothing", clause: `${path}: ${incomplete}` };
  return found.includes(BANNER)
    ? { shows: "absent", clause: `${how} does not hold the option's name` }
    : { shows: "nothing", clause: `${path} is no kernel that can be unpacked here` };
}

/** Only for a boot whose line has the option. */
export function clueOfBootLog(log: Fact<BootLog>): Clue {
  if (!log.known) return { shows: "nothing", clause: log.why };
  const { overridesEnabled, unknownParameters } = log.value;
  if (overridesEnabled)
    return { shows: "carried", clause: "this boot's log says that overrides are enabled" };
  return unknownParameters.some((spelling) => parseOption(spelling).name === ACS_OVERRIDE)
    ? { shows: "absent", clause: "this boot's log names the option as an unknown parameter" }
    : { shows: "nothing", clause: "this boot's log does not mention the option" };
}

/**
 * Kernels that are built with the patch: Proxmox VE, Zen, Liquorix, CachyOS, Unraid, and those that are named after it
 * or, on Arch, after linux-vfio. They come first: a release may be named after what it was made of as well.
 */
const WITH = [
  /-pve$/,
  /-zen\d/,
  /liquorix/,
  /cachyos/,
  /acs(o|[-_]?override)/i,
  /-vfio(-lts)?$/,
  /-unraid$/i,
];
/** Debian, Ubuntu and Pop!_OS, Fedora, Red Hat and their kin, Arch. */
const WITHOUT = [
  /^\d[\w.+~]*(-\d+)?(-cloud|-rt)?-(amd64|arm64|686|686-pae)$/,
  /^[\w.]+-[\w.]+-(generic|lowlatency)(-\w+)?$/,
  /\.fc\d+\./,
  /\.el\d+/,
  /-arch\d+-\d+$/,
];

/** The weakest clue: who builds kernels under such a name. */
export function clueOfFamily(release: string): Clue {
  const belongs = (family: readonly RegExp[]): boolean => family.some((pattern) => pattern.test(release));
  if (belongs(WITH)) return { shows: "carried", clause: "by its family: kernels of such names carry it" };
  if (belongs(WITHOUT))
    return { shows: "absent", clause: "by its family: kernels of such names do not carry it" };
  return { shows: "nothing", clause: `${release} is of no family that hostcfg knows` };
}

/** Takes clues, the strongest first, until one decides. */
export class AcsPatchJudge {
  readonly #release: string;
  readonly #evidence: string[] = [];
  #answer: AcsPatch["answer"] = "unknown";

  constructor(release: string) {
    this.#release = release;
  }

  /** Whether this decides: no weaker clue is needed then. */
  hear({ shows, clause }: Clue): boolean {
    this.#evidence.push(clause);
    if (shows === "nothing") return false;
    this.#answer = shows;
    return true;
  }

  get verdict(): AcsPatch {
    return { release: this.#release, answer: this.#answer, evidence: [...this.#evidence] };
  }
}
