import type { PciDevice } from "../model/index.ts";
import type { DeviceSelector } from "../spec/host-spec.gen.ts";
import { bridgeChain } from "./bridge-chain.ts";
import { resolveSelector } from "./selectors.ts";
import type { PciSlot } from "./slots.ts";

/**
 * A selector that resolves to this slot alone: `selector` made narrower by as little as it takes, by what stays
 * the same over time first. An address is not offered, because it changes when cards are added.
 */
export function suggestSelector(
  selector: DeviceSelector,
  slot: PciSlot,
  devices: readonly PciDevice[],
): DeviceSelector | undefined {
  return narrowed(selector, slot).find((candidate) => {
    const found = resolveSelector(candidate, devices);
    return found.kind === "one" && found.slot.address === slot.address;
  });
}

function narrowed(selector: DeviceSelector, slot: PciSlot): DeviceSelector[] {
  const chains = slot.functions.flatMap((device) => bridgeChain(device) ?? []);
  return [
    selector,
    ...chains.map(({ path }) => ({ ...selector, path })),
    ...chains.map(({ rootBus, path }) => ({ ...selector, path: `${rootBus}/${path}` })),
  ];
}
