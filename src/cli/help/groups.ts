import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Lists the IOMMU groups of this boot with their devices: address, name, vendor and device
id, driver, and the card that shows the boot screen. A group is the smallest set of
devices that can be handed to a virtual machine. Where there are no groups, it says why.

It changes nothing; nothing can move a device to another group while the host runs.
Group numbers change from boot to boot: a spec names devices, never groups.`,
  exits: [
    [EXIT.ok, "the groups were listed, also when there are none"],
    [EXIT.error, "they could not be read"],
  ],
  examples: [
    ["which devices share a group on this host?", "hostcfg groups"],
    ["and on a recorded one", "hostcfg groups --capture host.capture.json"],
  ],
};
