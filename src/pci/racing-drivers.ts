import type { PciDevice, VfioDeviceFacts } from "../model/index.ts";

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
 * The drivers that vfio-pci must come before: those known to race for such a device, those that the kernel's lists name
 * for it, and the one that has it now, whose module is often called otherwise than the driver. Module names, with `_`.
 */
export function racingDrivers(
  { class: code, vendor }: Pick<PciDevice, "class" | "vendor">,
  facts: Pick<VfioDeviceFacts, "module" | "takers"> | undefined,
): string[] {
  const known = RACING.flatMap(([prefix, whose, drivers]) =>
    code.startsWith(prefix) && (whose === undefined || whose === vendor) ? drivers : [],
  );
  const { module, takers = [] } = facts ?? {};
  const its = [...takers, ...(module === undefined ? [] : [module])].filter(
    (name) => !/vfio|^pci_stub$/.test(name),
  );
  return [...new Set([...known, ...its])];
}
