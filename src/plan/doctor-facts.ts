import { allowsUnsafe, readRemapping } from "../facts/interrupts.ts";
import type { Virtualization } from "../facts/virtualization.ts";
import { readVirtualization } from "../facts/virtualization.ts";
import { unknown } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { AcsPatch, Bootability, Fact, HostState } from "../model/index.ts";
import { patchOf } from "./groups-override.ts";

/** What `hostcfg doctor` asks of a host and no plan does. */
export interface DoctorFacts {
  readonly virtualization: Virtualization;
  /** Whether this boot remaps interrupts. */
  readonly remapping: Fact<boolean>;
  /** Whether VFIO is told in this boot to do without. */
  readonly unsafe: boolean;
  /** Of the kernel that boots next, whatever its options are. */
  readonly patch: Fact<AcsPatch>;
}

/** @param next What `check` says of the boot to come. */
export async function readForDoctor(
  reader: Reader,
  state: HostState,
  { entry }: Pick<Bootability, "entry">,
): Promise<DoctorFacts> {
  const release = entry.known ? entry.value.release : entry;
  return {
    virtualization: readVirtualization(reader),
    remapping: readRemapping(reader),
    unsafe: allowsUnsafe(reader),
    patch: release.known
      ? { known: true, value: await patchOf(reader, state, release.value) }
      : unknown(`which kernel boots next is unknown: ${release.why}`),
  };
}
