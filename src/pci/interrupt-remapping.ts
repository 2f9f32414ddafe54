import { kernelWords, parseOption } from "../cmdline.ts";

/** Words that leave the interrupt controller's own unit off, without which the kernel remaps nothing (arch/x86/kernel/apic). */
const NO_APIC = ["nointremap", "noapic", "nolapic", "disableapic"];

/** Whether a kernel option leaves interrupts unmapped: VFIO then refuses every device. */
export function stopsRemapping(name: string, value: string | undefined): boolean {
  if (name === "intremap") return (value ?? "").split(",").some((word) => word.startsWith("off"));
  return NO_APIC.includes(name) && value === undefined;
}

/** The option of a line for which VFIO refuses every device, unless the line says that it may not. */
export function refusalByInterrupts(line: string): string | undefined {
  const words = kernelWords(line);
  const isAllowed = words.some((word) => {
    const { name, value } = parseOption(word);
    return name === "vfio_iommu_type1.allow_unsafe_interrupts" && isTrue(value);
  });
  return isAllowed ? undefined : unmappedBy(line);
}

/** The option of a line that leaves interrupts unmapped, whether VFIO is told to do without or not. */
export function unmappedBy(line: string): string | undefined {
  return kernelWords(line).find((word) => {
    const { name, value } = parseOption(word);
    return stopsRemapping(name, value);
  });
}

/** As kstrtobool() of the kernel reads it; a parameter without a value is on. */
export function isTrue(value: string | undefined): boolean {
  return value === undefined || /^([yYtT1]|[oO][nN])/.test(value);
}
