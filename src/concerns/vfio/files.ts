import { MARK } from "../../cmdline.ts";
import {
  DRACUT_FILE,
  HOOK_FILE,
  IN_INITRD,
  MKINITCPIO_FILE,
  MODPROBE_FILE,
  RULES_FILE,
  SCRIPT_FILE,
} from "../../facts/vfio-files.ts";
import type { DriverForm, InitramfsGeneratorName, VfioDeviceFacts, VfioFacts } from "../../model/index.ts";
import { racingDrivers } from "../../pci/racing-drivers.ts";
import type { Means } from "./means.ts";
import { idsOf } from "./means.ts";

export interface OwnedFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  readonly title: string;
  /** What is in an initrd that was made with it; nothing where only the running system reads it. */
  readonly leaves: readonly string[];
}

const OWNED = `# Written by hostcfg, which owns this file: "hostcfg apply" makes it anew from the host's spec.`;

interface Binding {
  /** What the generator needs to have the binding in its initrds. */
  readonly files: typeof filesForInitramfsTools;
  /** Of the devices to be bound by address, those that it cannot bind so. */
  readonly cannot: (means: Means, devices: VfioFacts["devices"]) => readonly ByAddress[];
}

/** How each generator of initrds binds devices. */
export const BINDING: Readonly<Record<InitramfsGeneratorName, Binding>> = {
  "initramfs-tools": { files: filesForInitramfsTools, cannot: () => [] },
  // Scripts of its own are modules of dracut's, below /usr. What comes late is bound by the running system.
  dracut: { files: filesWith(dracutFile()), cannot: notLate },
  // Nor are those of mkinitcpio read by systemd, where that is the initrd's first program.
  mkinitcpio: { files: filesWith(mkinitcpioFile()), cannot: notLate },
};

function notLate({ byAddress }: Means, devices: VfioFacts["devices"]): readonly ByAddress[] {
  return byAddress.filter((one) => comes(one, devices) !== "late");
}

/**
 * The files that bind by these means; none of them where nothing is to be bound by a module or a script.
 *
 * @param vfioPci How the driver itself comes: what is inside of the kernel is given its ids by a kernel option.
 */
function filesForInitramfsTools(
  means: Means,
  vfioPci: DriverForm,
  devices: VfioFacts["devices"],
): OwnedFile[] {
  const { byId, byAddress } = means;
  const asModule = vfioPci === "module";
  const atBoot = byAddress.filter((one) => comes(one, devices) !== "late");
  const later = byAddress.filter((one) => comes(one, devices) !== undefined);
  const early = later.some((one) => comes(one, devices) === "any-time");
  return [
    ...(asModule && byId.length > 0 ? [modprobeFile(means, devices)] : []),
    ...(later.length > 0 ? [rulesFile(later, early ? [IN_INITRD.rules] : [])] : []),
    ...(early || (asModule && byId.length + byAddress.length > 0)
      ? [hookFile({ module: asModule, load: byId.length > 0, rules: early })]
      : []),
    ...(atBoot.length > 0 ? [scriptFile(atBoot)] : []),
  ];
}

/** The ids, and a file that has the generator take them and vfio-pci into its initrds. */
function filesWith(settings: OwnedFile): typeof filesForInitramfsTools {
  return (means, vfioPci, devices) => {
    const later = means.byAddress.filter((one) => comes(one, devices) === "late");
    return [
      ...(vfioPci === "module" && means.byId.length > 0 ? [modprobeFile(means, devices), settings] : []),
      ...(later.length > 0 ? [rulesFile(later, [])] : []),
    ];
  };
}

/** A bash script. Modules that are named are loaded before udev starts, in their order. */
function mkinitcpioFile(): OwnedFile {
  return {
    path: MKINITCPIO_FILE,
    mode: 0o644,
    title: "write what puts vfio-pci into mkinitcpio's initrds",
    leaves: [IN_INITRD.module],
    content: `${OWNED}
# Puts vfio-pci and its ids into the initrd, for it must be there before the drivers of graphics cards.
MODULES=(vfio_pci \${MODULES[@]})
FILES+=(${MODPROBE_FILE})
`,
  };
}

/**
 * dracut copies what stands in /etc/modprobe.d only into an initrd for this host alone, which Debian's is not by itself: so
 * the file is named. A driver that is forced is loaded before udev starts.
 */
function dracutFile(): OwnedFile {
  return {
    path: DRACUT_FILE,
    mode: 0o644,
    title: "write what puts vfio-pci into dracut's initrds",
    leaves: [IN_INITRD.module, IN_INITRD.forced],
    content: `${OWNED}
# Puts vfio-pci and its ids into the initrd, for it must be there before the drivers of graphics cards.
force_drivers+=" vfio_pci "
install_items+=" ${MODPROBE_FILE} "
`,
  };
}

type ByAddress = Means["byAddress"][number];

function comes({ device }: ByAddress, devices: VfioFacts["devices"]): VfioDeviceFacts["comes"] {
  return devices[device.address]?.comes;
}

/** modprobe.d(5): vfio-pci is loaded, with its ids, before each driver that would take one of the devices. */
function modprobeFile({ byId }: Means, devices: VfioFacts["devices"]): OwnedFile {
  const racing = byId.flatMap((device) => racingDrivers(device, devices[device.address]));
  const drivers = [...new Set(racing)];
  return {
    path: MODPROBE_FILE,
    mode: 0o644,
    title: "write which devices vfio-pci takes, and before which drivers",
    leaves: [IN_INITRD.modprobe],
    content: [
      OWNED,
      `options vfio-pci ids=${idsOf(byId).join(",")}`,
      ...drivers.map((driver) => `softdep ${driver} pre: vfio-pci`),
      "",
    ].join("\n"),
  };
}

/**
 * Rules of udev(7) for devices that come after the script has run. `driver_override` keeps other drivers from a device
 * from then on; one that was loaded before had it already, so it is taken away from that. A device that vfio-pci has is
 * left alone, for a virtual machine may be using it.
 */
function rulesFile(later: readonly ByAddress[], leaves: readonly string[]): OwnedFile {
  const give = `[ ! -e /sys%p/driver/unbind ] || echo %k >/sys%p/driver/unbind; echo %k >/sys/bus/pci/drivers_probe`;
  const rules = later.map(({ device }) =>
    [
      'ACTION=="add"',
      'SUBSYSTEM=="pci"',
      `ENV{${MARK}}!="before"`,
      `KERNEL=="${device.address}"`,
      `ATTR{vendor}=="0x${device.vendor}"`,
      `ATTR{device}=="0x${device.device}"`,
      'DRIVER!="vfio-pci"',
      'ATTR{driver_override}="vfio-pci"',
      'RUN{builtin}+="kmod load vfio-pci"',
      `RUN+="/bin/sh -c '${give}'"`,
    ].join(", "),
  );
  return {
    path: RULES_FILE,
    mode: 0o644,
    title: "write the rule that ties devices to vfio-pci when they come",
    leaves,
    content: [
      OWNED,
      "# Ties PCI devices that come late (virtual functions, hot-plug) to vfio-pci by address. Another device in that place",
      "# is left alone, and so is all in the boot that a trial (hostcfg try) returns to.",
      `IMPORT{cmdline}="${MARK}"`,
      ...rules,
      "",
    ].join("\n"),
  };
}

interface HookWork {
  /** vfio-pci is a module, so that the initrd must get it. */
  readonly module: boolean;
  /** With ids it is also loaded there, whether a driver that waits for it comes or not; else the script loads it. */
  readonly load: boolean;
  /** The rules must be there too, whether the hook of udev copies those of /etc or, as on some systems, only its own. */
  readonly rules: boolean;
}

/** A hook of initramfs-tools(7): what binds devices goes into the initrd. */
function hookFile({ module, load, rules }: HookWork): OwnedFile {
  const lines = [
    ...(module ? [`${load ? "force_load" : "manual_add_modules"} vfio_pci`] : []),
    ...(rules
      ? [
          `if [ -e ${RULES_FILE} ]; then`,
          '    mkdir -p "$DESTDIR/lib/udev/rules.d"',
          `    cp -p ${RULES_FILE} "$DESTDIR/lib/udev/rules.d/"`,
          "fi",
        ]
      : []),
  ];
  return {
    path: HOOK_FILE,
    mode: 0o755,
    title: "write the hook that puts vfio-pci into the initrd",
    leaves: module ? [IN_INITRD.module] : [],
    content: `#!/bin/sh
${OWNED}
# Puts vfio-pci into the initrd, for it must be there before the drivers of graphics cards.
case \${1:-} in prereqs) exit 0 ;; esac
. /usr/share/initramfs-tools/hook-functions
${lines.join("\n")}
`,
  };
}

/**
 * A script of the initramfs, run before udev: `driver_override` (sysfs-bus-pci) ties one device to one driver, whatever
 * its id. A device that is not the one that was meant is left alone, and so is everything where vfio-pci cannot be had.
 */
function scriptFile(atBoot: readonly ByAddress[]): OwnedFile {
  const ties = atBoot.map(({ device }) => `tie ${device.address} 0x${device.vendor} 0x${device.device}`);
  return {
    path: SCRIPT_FILE,
    mode: 0o755,
    title: "write the script that ties devices to vfio-pci by address",
    leaves: [IN_INITRD.script],
    content: `#!/bin/sh
${OWNED}
# Ties PCI devices to vfio-pci by address, before udev loads the drivers that would take them. Where another card is in
# that place, or vfio-pci is not there, it leaves everything as it is.
case \${1:-} in prereqs) exit 0 ;; esac

modprobe -q vfio-pci 2>/dev/null
[ -d /sys/bus/pci/drivers/vfio-pci ] || exit 0

tie() {
    device=/sys/bus/pci/devices/$1
    [ -w "$device/driver_override" ] || return 0
    read -r vendor <"$device/vendor"
    read -r id <"$device/device"
    [ "$vendor $id" = "$2 $3" ] || return 0
    echo vfio-pci >"$device/driver_override"
    [ ! -e "$device/driver/unbind" ] || echo "$1" >"$device/driver/unbind"
    echo "$1" >/sys/bus/pci/drivers_probe
}
${ties.join("\n")}
exit 0
`,
  };
}
