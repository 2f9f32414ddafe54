import type { PciDevice, PredictedGroup } from "../../../src/model/index.ts";
import type { PredictedGroups } from "../../../src/plan/groups.ts";
import type { HostReport } from "../../../src/plan/report.ts";
import { FULL_PLAN } from "../plans.ts";

function device(address: string, path: string, classCode = "060400"): PciDevice {
  return {
    address,
    path: `/sys/devices/pci0000:00/${path}`,
    vendor: "1022",
    device: "1483",
    subsystemVendor: "1022",
    subsystemDevice: "1483",
    class: classCode,
    revision: "00",
    names: {},
    config: { known: false, why: "not in this test" },
  };
}

export const [PORT, GPU, OTHER_PORT, OTHER_GPU, ALONE] = [
  "0000:00:01.0",
  "0000:01:00.0",
  "0000:00:01.1",
  "0000:02:00.0",
  "0000:00:1f.0",
] as const;

const TOGETHER: PredictedGroup = {
  devices: [PORT, OTHER_PORT, GPU, OTHER_GPU],
  reasons: [
    {
      rule: "slot-mates",
      device: OTHER_PORT,
      joins: PORT,
      judged: OTHER_PORT,
      no: { why: "no-acs-capability" },
      mateNo: { why: "no-acs-capability" },
    },
    { rule: "acs-climb", device: GPU, joins: PORT, port: PORT, no: { why: "no-acs-capability" } },
    {
      rule: "acs-climb",
      device: OTHER_GPU,
      joins: OTHER_PORT,
      port: OTHER_PORT,
      no: { why: "no-acs-capability" },
    },
  ],
};

const alone = (address: string): PredictedGroup => ({ devices: [address], reasons: [] });

export const ONE_GROUP: readonly PredictedGroup[] = [TOGETHER, alone(ALONE)];
export const APART: readonly PredictedGroup[] = [PORT, GPU, OTHER_PORT, OTHER_GPU, ALONE].map(alone);

export function predicted(groups: readonly PredictedGroup[]): Extract<PredictedGroups, { known: true }> {
  return {
    known: true,
    options: "quiet",
    optionsFrom: "this boot's own line",
    acsOverride: "absent",
    acsOverrideEvidence: [],
    acsOverrideProven: true,
    confidence: "likely",
    missing: [],
    iommu: { state: "on", why: "this boot uses it" },
    groups,
    ungrouped: [],
  };
}

/** Two cards below two ports that are in one group now, and something alone. */
export function reportWith(planned: PredictedGroups): HostReport {
  return {
    formatVersion: "1.0",
    plan: FULL_PLAN,
    groups: {
      formatVersion: "1.0",
      current: {
        known: true,
        groups: [
          { id: 7, devices: [PORT, OTHER_PORT, GPU, OTHER_GPU] },
          { id: 9, devices: [ALONE] },
        ],
      },
      predicted: predicted(ONE_GROUP),
      devices: {
        known: true,
        value: [
          device(PORT, PORT),
          device(GPU, `${PORT}/${GPU}`, "030000"),
          device(OTHER_PORT, OTHER_PORT),
          device(OTHER_GPU, `${OTHER_PORT}/${OTHER_GPU}`, "030000"),
          device(ALONE, ALONE, "060100"),
        ],
      },
    },
    planned,
    devices: [{ name: "vm-gpu", functions: [OTHER_GPU], vfio: true }],
    pairs: [],
    morePairs: 0,
  };
}
