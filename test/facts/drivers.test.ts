import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { readDrivers, trimModuleList } from "../../src/facts/drivers.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { patched } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const FOLDER = "/usr/lib/modules/6.1.0";
const DEP = `kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/drivers/vfio/vfio.ko.xz
kernel/drivers/gpu/drm/nouveau/nouveau.ko.xz: kernel/drivers/video/video.ko.xz
updates/dkms/nvidia.ko:
`;
const BUILT_IN = "kernel/drivers/usb/host/xhci-pci.ko\nkernel/fs/ext4/ext4.ko\n";

function reader(files: Readonly<Record<string, string | null>>): LinkReader {
  return new LinkReader(new CaptureTree(patched(recordedHost("debian-grub").capture, files)));
}

describe("how a driver comes with a kernel", () => {
  it("is seen in the lists that depmod writes, whatever the suffix and the dash", () => {
    const lists = { [`${FOLDER}/modules.dep`]: DEP, [`${FOLDER}/modules.builtin`]: BUILT_IN };
    const names = ["vfio_pci", "nvidia", "nouveau", "xhci_pci", "amdgpu", "vfio", "video"];
    expect(readDrivers(reader(lists), known("6.1.0"), names)).toEqual(
      known({
        vfio_pci: "module",
        nvidia: "module",
        nouveau: "module",
        xhci_pci: "built-in",
        amdgpu: "absent",
        // What another one needs is no line of its own here.
        vfio: "absent",
        video: "absent",
      }),
    );
  });

  it("is unknown where a list is missing, or the release is unknown", () => {
    const half = reader({ [`${FOLDER}/modules.dep`]: DEP, [`${FOLDER}/modules.builtin`]: null });
    expect(readDrivers(half, known("6.1.0"), ["vfio_pci"])).toEqual(
      unknown("/lib/modules/6.1.0/modules.builtin is not there"),
    );
    expect(readDrivers(half, unknown("no /proc"), [])).toEqual(unknown("no /proc"));
  });

  it("is recorded by the lines that were asked for, without what they need", () => {
    expect(trimModuleList(DEP, new Set(["vfio_pci", "nvidia"]))).toBe(
      "kernel/drivers/vfio/pci/vfio-pci.ko.xz:\nupdates/dkms/nvidia.ko:\n",
    );
    expect(trimModuleList(BUILT_IN, new Set(["xhci_pci"]))).toBe("kernel/drivers/usb/host/xhci-pci.ko\n");
  });
});
