import type { BootLoaderFacts, BootLoaderName, Diagnostic, Fact, HostState } from "../model/index.ts";
import { problem } from "./problem.ts";

/** Where what a loader reads may be a file system of its own: an ESP or XBOOTLDR, or /boot. */
const PLACES: Readonly<Record<BootLoaderName, readonly string[]>> = {
  grub: ["/boot", "/boot/grub"],
  proxmox: ["/boot"],
  kernelstub: ["/boot", "/boot/efi", "/efi"],
  "systemd-boot": ["/boot", "/boot/efi", "/efi"],
};

/**
 * Without its file system such a folder shows, and takes, what nothing reads: kernels, entries and menus that the next
 * boot never sees.
 */
export function notMounted(
  { unmounted, bootLoader }: Pick<HostState, "unmounted" | "bootLoader">,
  loader: Fact<BootLoaderName>,
): Diagnostic[] {
  const places = loader.known ? PLACES[loader.value] : ["/boot", ...unseenPlaces(bootLoader)];
  return (unmounted ?? [])
    .filter(({ mountPoint }) => places.includes(mountPoint))
    .map(({ mountPoint, source }) =>
      problem(
        "boot-not-mounted",
        `${mountPoint} is not mounted, and /etc/fstab has ${source} there: what is seen below it is not what this host starts from`,
        `sudo mount ${mountPoint}`,
      ),
    );
}

/** Where the files of what started this boot may be, which is not known to be installed as long as none is seen. */
function unseenPlaces({ refused, startedBy }: BootLoaderFacts): readonly string[] {
  return refused === undefined ? (startedBy?.loaders ?? []).flatMap((name) => PLACES[name]) : [];
}
