import { describe, expect, it } from "vitest";
import { vfioFindings } from "../../../src/concerns/vfio/live.ts";
import { known } from "../../../src/facts/fact.ts";
import type { Change, HostState, PciDevice } from "../../../src/model/index.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import { stateOf } from "../../pci/support/state.ts";

const GPU = "0000:0d:00.0";
const AUDIO = "0000:0d:00.1";
const DISK = "0000:04:00.0";
const PORT = "0000:00:03.2";

function device(
  address: string,
  code: string,
  driver: string | undefined,
  group: number | undefined,
): PciDevice {
  return {
    address,
    path: `/sys/devices/pci0000:00/${address}`,
    vendor: "10de",
    device: "2206",
    subsystemVendor: "0000",
    subsystemDevice: "0000",
    class: code,
    revision: "00",
    ...(driver === undefined ? {} : { driver }),
    ...(group === undefined ? {} : { iommuGroup: group }),
    names: {},
    config: { known: false, why: "not asked" },
  };
}

interface Situation {
  readonly gpu?: string | undefined;
  readonly audio?: string | undefined;
  readonly disk?: number;
  readonly group?: number | undefined;
  readonly openable?: readonly number[];
  readonly sinceBoot?: boolean;
}

function state({ openable = [7], sinceBoot = false, ...some }: Situation): HostState {
  const of = (key: "gpu" | "audio"): string | undefined => (key in some ? some[key] : "vfio-pci");
  const group = "group" in some ? some.group : 7;
  const devices = [
    device(PORT, "060400", "pcieport", group),
    device(GPU, "030000", of("gpu"), group),
    device(AUDIO, "040300", of("audio"), group),
    device(DISK, "010802", "nvme", some.disk ?? 3),
  ];
  const base = stateOf({ devices });
  return {
    ...base,
    vfio: {
      release: known("6.1.0"),
      files: known([]),
      otherIds: known([]),
      drivers: known({}),
      initrd: known([]),
      sinceBoot: known(sinceBoot),
      devices: {},
      openable: known(openable),
    },
  };
}

const SPEC: HostSpec = {
  apiVersion: "hostcfg/v1",
  devices: { "vm-gpu": { address: "0d:00" } },
  vfio: { devices: ["vm-gpu"] },
};

const CHANGE: Change = {
  address: "vfio.vm-gpu",
  action: "create",
  before: null,
  after: "vfio-pci",
  reason: "the initrd was made without vfio-pci",
  effect: "next-boot",
};

describe("a device that was to be bound in this boot", () => {
  it.each<[string, Situation, readonly Change[], string, RegExp]>([
    ["is satisfied where its group can be opened", {}, [], "satisfied", /group 7 can be opened/],
    [
      "may have a function without a driver only where vfio has it",
      { audio: undefined },
      [],
      "unsatisfied",
      /0d:00\.1 .*has no driver/,
    ],
    [
      "is unsatisfied where another driver has it",
      { gpu: "nouveau" },
      [],
      "unsatisfied",
      /uses the driver nouveau, although/,
    ],
    [
      "waits where its initrd is younger than this boot",
      { gpu: "nouveau", sinceBoot: true },
      [],
      "pending",
      /next boot/,
    ],
    [
      "is unsatisfied where it is not even configured",
      { gpu: "nouveau" },
      [CHANGE],
      "unsatisfied",
      /made without/,
    ],
    [
      "is unsatisfied where the next boot would not bind it",
      {},
      [CHANGE],
      "unsatisfied",
      /would not be bound in the next one/,
    ],
    [
      "cannot be handed on where a neighbour has a driver",
      { disk: 7 },
      [],
      "unsatisfied",
      /not viable: 04:00\.0 .*uses the driver nvme/,
    ],
    ["cannot be handed on without a group", { group: undefined }, [], "unsatisfied", /no IOMMU group/],
    [
      "cannot be handed on where vfio offers no file",
      { openable: [] },
      [],
      "unsatisfied",
      /\/dev\/vfio\/7 is not there/,
    ],
  ])("%s", (_what, situation, changes, status, reason) => {
    const [finding] = vfioFindings(SPEC, state(situation), { changes, diagnostics: [] });
    expect(finding?.status).toBe(status);
    expect(finding?.reason).toMatch(reason);
  });
});
