import fc from "fast-check";
import type { PciDevice } from "../../../src/model/index.ts";
import { pciDevice } from "./device.ts";

interface BusFunction {
  readonly number: number;
  readonly id: readonly [vendor: string, device: string];
  readonly class: string;
  /** What is behind the function, if it is a bridge. */
  readonly below: readonly Slot[];
}

interface Slot {
  readonly number: number;
  readonly functions: readonly BusFunction[];
}

/** Few ids, so that machines with several cards of one kind come up often. */
const IDS = [
  ["10de", "2206"],
  ["10de", "1aef"],
  ["1002", "731f"],
  ["1022", "1483"],
] as const;
const CLASSES = ["030000", "040300", "0c0330", "010802"];

const slots: fc.Arbitrary<Slot[]> = fc.letrec<{ slots: Slot[]; function: BusFunction }>((tie) => ({
  slots: fc.uniqueArray(
    fc.record({
      number: fc.nat({ max: 31 }),
      functions: fc.uniqueArray(tie("function"), {
        minLength: 1,
        maxLength: 3,
        selector: ({ number }) => number,
      }),
    }),
    { maxLength: 3, selector: ({ number }) => number },
  ),
  function: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({
      number: fc.nat({ max: 7 }),
      id: fc.constantFrom(...IDS),
      class: fc.constantFrom(...CLASSES),
      below: fc.constant([]),
    }),
    fc.record({
      number: fc.nat({ max: 7 }),
      id: fc.constantFrom(...IDS),
      class: fc.constant("060400"),
      below: tie("slots"),
    }),
  ),
})).slots;

/** The devices of an arbitrary machine with one or two root buses, and at least one device. */
export const machines: fc.Arbitrary<readonly PciDevice[]> = fc
  .array(slots, { minLength: 1, maxLength: 2 })
  .map(numbered)
  .filter((devices) => devices.length > 0);

/** Numbers the buses in the order in which firmware does: depth first. */
function numbered(rootBuses: readonly (readonly Slot[])[]): PciDevice[] {
  let nextBus = 0;
  const devicesOn = (path: string, bus: number, present: readonly Slot[]): PciDevice[] =>
    present.flatMap((slot) =>
      slot.functions.flatMap((one) => {
        const address = `0000:${hex(bus)}:${hex(slot.number)}.${one.number}`;
        const [vendor, device] = one.id;
        const here = pciDevice({ address, path: `${path}/${address}`, vendor, device, class: one.class });
        if (one.below.length === 0) return [here];
        return [here, ...devicesOn(here.path, nextBus++, one.below)];
      }),
    );
  return rootBuses.flatMap((present) => {
    const bus = nextBus++;
    return devicesOn(`/sys/devices/pci0000:${hex(bus)}`, bus, present);
  });
}

function hex(number: number): string {
  return number.toString(16).padStart(2, "0");
}
