import type { PciDevice } from "../model.ts";

/** Drivers that take a device as soon as udev has seen it, by the beginning of the class and the vendor. */
const RACING: readonly (readonly [
  classPrefix: string,
  vendor: string | undefined,
  drivers: readonly string[],
])[] = [
  ["03", "10de", ["nvidia", "nouveau", "nova_core"]],
  ["03", "1002", ["amdgpu", "radeon"]],
  ["03", "8086", ["i915", "xe"]],
  ["0403", undefined, ["snd_hda_intel"]],
  ["0c0330", undefined, ["xhci_pci"]],
];

/**
 * The drivers that vfio-pci must come before: those known to race for such a device, and the one that has it now.
 * Module names, with `_`.
 *
 * @param present The module of the driver that has it, which is often called otherwise than the driver.
 */
export function racingDrivers(
  { class: code, vendor }: Pick<PciDevice, "class" | "vendor">,
  present: string | undefined,
): string[] {
  const known = RACING.flatMap(([prefix, whose, drivers]) =>
    code.startsWith(prefix) && (whose === undefined || whose === vendor) ? drivers : [],
  );
  const its = present === undefined || present.startsWith("vfio") ? [] : [present];
  return [...new Set([...known, ...its])];
}
