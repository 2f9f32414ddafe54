import type { Trap, TrapMachine } from "./trap.ts";

/** An option that takes a list of words from a closed set. */
interface Words {
  /** The kernel compares beginnings: `intel_iommu=on1` is `on`. */
  readonly known: readonly string[];
  readonly hint: (value: string, machine: TrapMachine) => string;
  /** What is so without the option. */
  readonly anyway?: string;
}

const AMD_IS_ON = "AMD's IOMMU is on unless the firmware switches it off";
const KEEPS_PT = "leave it out (iommu=pt does something; keep that)";

/**
 * drivers/iommu/intel/iommu.c (`intgpu_off` is Debian's), drivers/iommu/amd/init.c, arch/x86/kernel/pci-dma.c with
 * amd_gart_64.c, drivers/iommu/irq_remapping.c, drivers/pci/pci.c with arch/x86/pci/common.c, drivers/pci/pcie. Words
 * that only older kernels know are among them.
 */
const WORDS: Readonly<Record<string, Words>> = {
  intel_iommu: {
    known: words(
      "on off igfx_off intgpu_off forcedac strict sp_off sm_on sm_off tboot_noforce ecs_off ecs_on pasid_off nobounce",
    ),
    hint: () => "intel_iommu=on",
  },
  amd_iommu: {
    known: words(
      "off force_enable force_isolation fullflush pgtbl_v1 pgtbl_v2 irtcachedis nohugepages v2_pgsizes_only",
    ),
    hint: (value) => (value === "pt" ? "iommu=pt is what does that" : KEEPS_PT),
    anyway: AMD_IS_ON,
  },
  iommu: {
    known: words(
      "off force noforce biomerge panic nopanic merge nomerge forcesac allowdac nodac usedac soft pt nopt",
      "fullflush nofullflush noagp noaperture allowed memaper leak calgary nobypass",
    ),
    hint: (_value, { iommu }) =>
      iommu === "amd"
        ? `${AMD_IS_ON}: ${KEEPS_PT}`
        : "intel_iommu=on switches Intel's IOMMU on; AMD's is on unless the firmware switches it off",
  },
  intremap: {
    known: words("on off nosid no_x2apic_optout nopost posted_msi"),
    hint: () => "leave it out: interrupts are remapped wherever the machine can",
  },
  amd_iommu_intr: {
    known: words("legacy vapic"),
    hint: () => "amd_iommu_intr=legacy or amd_iommu_intr=vapic",
  },
  pci: {
    known: words(
      "off earlydump conf1 conf2 bios nobios nommconf check_enable_amd_mmconf noacpi noearly usepirqmask irqmask=",
      "lastbus= rom norom nobar assign-busses use_crs nocrs use_e820 no_e820 big_root_window routeirq biosirq",
      "skip_isa_align noioapicquirk ioapicreroute noioapicreroute bfsort nobfsort nosort firmware nodomains",
      "nomsi noats noaer noari notph nostmode realloc cbiosize= cbmemsize= resource_alignment= ecrc= hpiosize=",
      "hpmemsize= hpmmiosize= hpmmioprefsize= hpbussize= pcie_bus_tune_off pcie_bus_safe pcie_bus_perf",
      "pcie_bus_peer2peer pcie_scan_all disable_acs_redir= config_acs= force_floating nomio norid",
    ),
    hint: (value) =>
      value === "noacs"
        ? "leave it out; a kernel with the ACS override patch reads pcie_acs_override="
        : "the words are listed under pci= in the kernel's kernel-parameters.txt",
  },
  pcie_aspm: { known: words("off force"), hint: () => "pcie_aspm=off or pcie_aspm=force" },
  pcie_ports: {
    known: words("native dpc-native compat"),
    hint: () => "pcie_ports=native, pcie_ports=dpc-native or pcie_ports=compat",
  },
};

/** What kstrtobool() of the kernel reads (lib/kstrtox.c). */
const BOOLEAN = /^([yYtT1nNfF0]|[oO][nNfF])/;
const BOOLEANS = ["iommu.passthrough", "iommu.strict", "iommu.forcedac"];

/** A word that the kernel does not know switches nothing, and is at most noted in its log. */
export function unknownValues(name: string, value: string | undefined, machine: TrapMachine): Trap[] {
  if (BOOLEANS.includes(name))
    return BOOLEAN.test(value ?? "") ? [] : [nothing(name, value ?? "", `${name}=1 or ${name}=0`)];
  const option = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  if (option === undefined) return [];
  const given = (value ?? "").split(",").filter((word) => word !== "");
  if (given.length === 0)
    return [{ summary: `${name} does nothing without a value`, hint: option.hint("", machine) }];
  return given
    .filter((word) => !option.known.some((known) => word.startsWith(known)))
    .map((word) => nothing(name, word, option.hint(word, machine), option.anyway));
}

function nothing(name: string, word: string, hint: string, anyway?: string): Trap {
  const besides = anyway === undefined ? "" : `, and ${anyway}`;
  return { summary: `${name}=${word} does nothing: the kernel knows no such value${besides}`, hint };
}

function words(...lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(" "));
}
