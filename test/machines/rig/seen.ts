import type { Guest } from "./qemu.ts";

// What the running kernel itself shows of a boot. No code of hostcfg's reads it.

export interface Seen {
  readonly release: string;
  /** The whole line. */
  readonly cmdline: string;
  /** The devices of each IOMMU group. Its number means nothing. */
  readonly groups: readonly (readonly string[])[];
  /** Device -> driver, of those that have one. */
  readonly drivers: Readonly<Record<string, string>>;
  /** What / and the ESP are mounted from. */
  readonly mounts: string;
}

const LOOK = `uname -r
cat /proc/cmdline
for mounted in / /boot/efi; do findmnt --noheadings --output TARGET,FSTYPE,UUID --mountpoint $mounted || echo "$mounted is not mounted"; done | tr '\\n' ';'
echo
for device in /sys/kernel/iommu_groups/*/devices/*; do echo "group $device"; done
for device in /sys/bus/pci/devices/*; do
  [ ! -e $device/driver ] || echo "driver $device $(readlink $device/driver)"
done`;

export async function look(guest: Guest): Promise<Seen> {
  const [release = "", cmdline = "", mounts = "", ...lines] = (await guest.must(LOOK)).trimEnd().split("\n");
  const groups = new Map<string, string[]>();
  for (const line of lines) {
    const [, number = "", device] =
      /^group \/sys\/kernel\/iommu_groups\/(\d+)\/devices\/(\S+)$/.exec(line) ?? [];
    if (device !== undefined) groups.set(number, [...(groups.get(number) ?? []), device]);
  }
  const drivers = lines.flatMap((line) => {
    const [, device, driver] = /^driver \/sys\/bus\/pci\/devices\/(\S+) \S*\/(\S+)$/.exec(line) ?? [];
    return device === undefined || driver === undefined ? [] : [[device, driver] as const];
  });
  return {
    release,
    cmdline,
    groups: sorted([...groups.values()]),
    drivers: Object.fromEntries(drivers),
    mounts,
  };
}

/** Groups as sets: in one order. */
export function sorted(groups: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return groups.map((group) => [...group].sort()).sort((a, b) => ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1));
}

/** Every file and link that a boot may depend on, and what is in the firmware's variables of the loader: a line each. */
export async function filesOf(guest: Guest): Promise<readonly string[]> {
  const listed = await guest.must(`
    find / -maxdepth 1 -type l -printf '%p -> %l\\n'
    find /etc /boot -type l -printf '%p -> %l\\n'
    find /etc /boot ! -type l -printf '%p %y %m %u:%g\\n'
    find /etc /boot -type f -print0 | xargs -0 md5sum
    for variable in /sys/firmware/efi/efivars/LoaderEntry[DO]*; do [ ! -e $variable ] || md5sum $variable; done`);
  return listed
    .split("\n")
    .filter((line) => line !== "" && !LEFT_BEHIND.some((path) => line.includes(path)))
    .sort();
}

/**
 * The spec and its lock file are the administrator's; the seed is the loader's, anew at each boot; systemd notes that it has
 * booted a new /usr.
 */
const LEFT_BEHIND = ["/etc/hostcfg", "/boot/efi/loader/random-seed", "/etc/mtab", "/etc/.updated"];

/** What differs between two answers of {@link filesOf}. */
export function changed(before: readonly string[], after: readonly string[]): readonly string[] {
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}
