import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Lists the IOMMU groups of this boot with their devices, and predicts those of the next boot
by the kernel's own rules; where they differ, both stand side by side. Then the PCI tree with
the group of each device, and a mark on each port that keeps what is below it together. A
group is the smallest set of devices that can be handed to a virtual machine. A device is
named by its address: 0c:00.0 is a function, 0c:00 all functions of a slot.

How sure the prediction is: exact (configuration space was read, which takes root, and the
IOMMU is on), likely (the IOMMU is off now), guess (no root). What is missing is said.

It changes nothing. A tree with nothing but sys/ and proc/ is enough for --root. Group
numbers change from boot to boot: a spec names devices, never groups.`,
  exits: [
    [EXIT.ok, "the groups were listed or the question answered, also when there are none"],
    [EXIT.error, "they could not be read"],
  ],
  examples: [
    ["which devices share a group on this host, now and after the reboot?", "sudo hostcfg groups"],
    ["why do these two share one?", "sudo hostcfg groups --why 0c:00.0 0d:00.0"],
    ["what would part them, the least risk first?", "sudo hostcfg groups --separate 0c:00 0d:00"],
    [
      "and with these options, on a kernel with the patch?",
      'hostcfg groups --options "quiet pcie_acs_override=downstream" --acs-override=assume',
    ],
  ],
};
