import { readRemapping } from "../facts/interrupts.ts";
import type { Virtualization } from "../facts/virtualization.ts";
import { readVirtualization } from "../facts/virtualization.ts";
import { unknown } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { AcsPatch, Fact, HostState } from "../model/index.ts";
import { bootToPredict } from "./groups.ts";
import { patchOf } from "./groups-override.ts";

/** What `hostcfg doctor` asks of a host and no plan does. */
export interface DoctorFacts {
  readonly virtualization: Virtualization;
  /** Whether this boot remaps interrupts. */
  readonly remapping: Fact<boolean>;
  /** Of the kernel that boots next, whatever its options are. */
  readonly patch: Fact<AcsPatch>;
}

export async function readForDoctor(reader: Reader, state: HostState): Promise<DoctorFacts> {
  const { release } = bootToPredict(state, undefined);
  return {
    virtualization: readVirtualization(reader),
    remapping: readRemapping(reader),
    patch:
      release === undefined
        ? unknown("which kernel boots next is unknown")
        : { known: true, value: await patchOf(reader, state, release) },
  };
}
