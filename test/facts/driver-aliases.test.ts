import { describe, expect, it } from "vitest";
import { aliasReader, trimAliasList } from "../../src/facts/driver-aliases.ts";
import { known } from "../../src/facts/fact.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { patched } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const FOLDER = "/usr/lib/modules/6.1.0";
const ALIASES = `# Aliases extracted from modules themselves.
alias usb:v0BDAp8153d*dc*dsc*dp*ic*isc*ip*in* r8152
alias pci:v00008086d00001521sv*sd*bc*sc*i* igb
alias pci:v00008086d00001521sv00001028sd*bc*sc*i* igb-of-dell
alias pci:v*d*sv*sd*bc01sc08i02* nvme
alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci
`;
const BUILT_IN = ["ahci.license=GPL", "ahci.alias=pci:v*d*sv*sd*bc01sc06i01*", ""].join("\0");

const NIC = {
  vendor: "8086",
  device: "1521",
  subsystemVendor: "15d9",
  subsystemDevice: "1521",
  class: "020000",
};
const NVME = { ...NIC, vendor: "144d", device: "a808", class: "010802" };
const SATA = { ...NIC, vendor: "1022", device: "43eb", class: "010601" };

describe("the modules that would take a device", () => {
  const lists = { [`${FOLDER}/modules.alias`]: ALIASES, [`${FOLDER}/modules.builtin.modinfo`]: BUILT_IN };
  const { capture } = recordedHost("debian-grub");
  const takers = aliasReader(new LinkReader(new CaptureTree(patched(capture, lists))), known("6.1.0"));

  it("are those whose pattern fits, by the ids, the board and the class, as modules or inside of the kernel", () => {
    expect(takers(NIC)).toEqual(["igb"]);
    expect(takers({ ...NIC, subsystemVendor: "1028" })).toEqual(["igb", "igb_of_dell"]);
    expect(takers(NVME)).toEqual(["nvme"]);
    expect(takers(SATA)).toEqual(["ahci"]);
    expect(takers({ ...NIC, device: "1522" })).toEqual([]);
  });

  it("are found in the lines that a capture keeps, and no others are kept", () => {
    expect(trimAliasList(ALIASES, [NIC])).toBe("alias pci:v00008086d00001521sv*sd*bc*sc*i* igb\n");
    expect(trimAliasList(BUILT_IN, [SATA, NVME])).toBe("ahci.alias=pci:v*d*sv*sd*bc01sc06i01*\n");
  });
});
