import { describe, expect, it } from "vitest";
import { outsideOfGroups, whyOutside } from "../../src/pci/outside-groups.ts";
import { pciDevice } from "./support/device.ts";

const GRAPHICS = pciDevice({ address: "0000:00:02.0", vendor: "8086", device: "3e92", class: "030000" });
const CARD = pciDevice({
  address: "0001:01:00.0",
  path: "/sys/devices/pci0001:00/0001:00:00.0/0001:01:00.0",
  class: "030000",
});
const PORT = pciDevice({ address: "0001:00:00.0", class: "060400" });

describe("devices in no group although there are groups", () => {
  it("are found, but for bridges, and not where there are no groups at all", () => {
    const groups = [{ devices: [GRAPHICS.address] }];
    expect(outsideOfGroups([GRAPHICS, CARD, PORT], groups)).toEqual([CARD]);
    expect(outsideOfGroups([GRAPHICS, CARD, PORT], [])).toEqual([]);
  });

  it.each(["intel_iommu=on,igfx_off", "intel_iommu=on intel_iommu=igfx_off", "intel_iommu=on,intgpu_off"])(
    "are Intel's graphics with %s",
    (line) => {
      expect(whyOutside("vm-igpu", [GRAPHICS], line)).toMatch(
        /^vm-igpu \(00:02.0 .*the kernel option intel_iommu=/,
      );
      expect(whyOutside("vm-gpu", [CARD], line)).toMatch(/root bus 0001:00/);
    },
  );

  it("are the IOMMU itself", () => {
    const unit = pciDevice({ address: "0000:00:00.2", vendor: "1022", class: "080600" });
    expect(whyOutside(undefined, [unit], undefined)).toMatch(/because it is the IOMMU$/);
  });
});
