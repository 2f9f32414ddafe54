import type { PciDevice } from "../model/index.ts";

/** Where a device is plugged in. Unlike its address, it stays the same when a card is added elsewhere. */
export interface BridgeChain {
  /** `dddd:bb`, e.g. `0000:00`. */
  readonly rootBus: string;
  /** Device and function number of every bridge from the root bus down, then of the device: `03.1/00.0`. */
  readonly path: string;
}

/**
 * Read from the sysfs path: `/sys/devices/pci0000:00/0000:00:03.1/0000:0a:00.0` is `03.1/00.0` on root bus
 * `0000:00`. Where one root bus is below another device (Intel VMD, Hyper-V), the chain starts at the last one.
 * `undefined` for a path that leads over no root bus.
 */
export function bridgeChain(device: Pick<PciDevice, "path">): BridgeChain | undefined {
  const found = /.*\/pci([0-9a-f]+:[0-9a-f]{2})\/(.+)$/.exec(device.path);
  const [, rootBus, below] = found ?? [];
  if (rootBus === undefined || below === undefined) return undefined;
  return { rootBus, path: below.split("/").map(withoutBus).join("/") };
}

/** `0000:0a:00.0` -> `00.0`. */
function withoutBus(address: string): string {
  return address.slice(address.lastIndexOf(":") + 1);
}
