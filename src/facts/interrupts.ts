import type { Reader } from "../host/reader.ts";
import type { Fact } from "../model/index.ts";
import { attemptIfRecorded, unknown } from "./fact.ts";

export const INTERRUPTS = "/proc/interrupts";

/**
 * Whether this boot remaps interrupts: the kernel then puts IR- before the names of the interrupt controllers
 * (arch/x86/kernel/apic/io_apic.c and msi.c). Of other processors this file does not tell it.
 */
export function readRemapping(reader: Reader): Fact<boolean> {
  const text = attemptIfRecorded(INTERRUPTS, () => reader.readText(INTERRUPTS));
  if (!text.known) return text;
  if (/^.*\bIR-(?:IO-APIC|PCI-MSI)/m.test(text.value)) return { known: true, value: true };
  return /^.*\b(?:IO-APIC|PCI-MSI)/m.test(text.value)
    ? { known: true, value: false }
    : unknown(`${INTERRUPTS} names no interrupt controller of x86`);
}

/** The controllers' names alone: how often each interrupt came is of no use in a capture. */
export function trimInterrupts(text: string): string {
  const names = text.match(/\b(?:IR-)?(?:IO-APIC|PCI-MSI)/g) ?? [];
  return [...new Set(names)].map((name) => `${name}\n`).join("");
}

const UNSAFE_INTERRUPTS = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";

/** Whether VFIO, where its module is loaded, hands devices over although their interrupts are not remapped. */
export function allowsUnsafe(reader: Reader): boolean {
  const text = attemptIfRecorded("VFIO's parameters", () => reader.readText(UNSAFE_INTERRUPTS));
  return text.known && text.value.trim() === "Y";
}
