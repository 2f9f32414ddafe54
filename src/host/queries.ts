/**
 * The only programs that a plan or a verification may run, each with the arguments that make it read only. Whatever is not here
 * is refused before it starts; `kernelstub` can never be here, for even `--print-config` and `--dry-run` write.
 */

/** dpkg-query(1): one line a package, tab-separated. */
export const PACKAGES_QUERY = [
  "dpkg-query",
  "--show",
  "--showformat=${Package}\\t${Version}\\t${Architecture}\\t${db:Status-Want}\\t${db:Status-Status}\\t${db:Status-Eflag}\\n",
] as const;

/** dpkg(1). */
export const ARCHITECTURE_QUERY = ["dpkg", "--print-architecture"] as const;

/** findmnt(8), the question that kernelstub itself asks for its `root=UUID=`. */
export const ROOT_UUID_QUERY = ["findmnt", "--noheadings", "--output", "UUID", "--mountpoint", "/"] as const;

/**
 * dpkg-deb(1): the control archive of a package file as a plain tar on stdout. Not `--field`, which unpacks into a
 * temporary folder and so writes.
 */
export function debQuery(path: string): readonly string[] {
  return ["dpkg-deb", "--ctrl-tarfile", path];
}

/**
 * The kernel's log of this boot: dmesg(1), which prints the kernel's ring buffer and without `--clear` leaves it as it
 * is, and journalctl(1), which keeps more and may be read by more users. Neither writes.
 */
export const BOOT_LOG_QUERIES = [
  ["dmesg"],
  ["journalctl", "--dmesg", "--boot", "--output=cat", "--no-pager", "--quiet"],
] as const;

/**
 * Looks into an ESP that is not mounted, as `proxmox-boot-tool status` does: in a mount namespace of its own, which ends
 * with the process, read only. Where the ESP is mounted it is read there: one file system cannot be mounted for reading
 * and for writing at once. Prints a line each for free space, folders, small texts (in base64), sizes and digests.
 *
 * A capture holds these words with the answer, so a change of them is a question that older captures were never asked.
 */
const LOOK_AT_ESP = [
  "export LC_ALL=C",
  "dev=/dev/disk/by-uuid/$1",
  '[ -b "$dev" ] || { echo away; exit 0; }',
  `at=$(findmnt --noheadings --raw --types vfat --output FSROOT,TARGET --source "$dev" | sed -n 's,^/ ,,p' | head -n 1)`,
  '[ -n "$at" ] || { at=/mnt; mount -t vfat -o ro,nosuid,nodev,noexec,umask=0077 "$dev" "$at" || exit 1; }',
  'cd "$at" || exit 1',
  "stat -f -c 'free %a %S' . || exit 1",
  "for file in loader/loader.conf loader/entries/*.conf; do",
  `[ -f "$file" ] && printf 'text %s %s\\n' "$(base64 -w 0 <"$file")" "$file"`,
  "done",
  "for file in grub/grub.cfg grub/custom.cfg grub/grubenv; do",
  // No hash of a password.
  `[ -f "$file" ] && printf 'text %s %s\\n' "$(sed -E 's/^([[:blank:]]*password[^[:blank:]]*[[:blank:]]+[^[:blank:]]+).*/\\1/' "$file" | base64 -w 0)" "$file"`,
  "done",
  "find . -type d -printf 'folder %P\\n' -o -type f -printf 'file %s %P\\n' || exit 1",
  "find . -type f \\( -ipath './EFI/proxmox/*' -o -ipath './EFI/hostcfg/*' -o -path './vmlinuz-*' -o -path './initrd.img-*' \\) -exec sha256sum -- {} +",
].join("\n");

/** What is on the ESP with this UUID of FAT, which only root can see. */
export function espQuery(uuid: string): readonly string[] {
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", LOOK_AT_ESP, "sh", uuid];
}

/** As blkid(8) prints the serial number of a FAT, and any other UUID. No path leads out of a folder by it. */
const UUID = /^[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * systemctl(1): how a unit is. It changes nothing, but reads the unit's file where systemd has not loaded it. Without a
 * word to stop at, a name could be an option; without these letters only, a pattern.
 */
export function unitQuery(name: string): readonly string[] {
  return ["systemctl", "show", "--property=LoadState,ActiveState,SubState,Job", "--", name];
}

const UNIT = /^[A-Za-z0-9:_.@\\-]+$/;

/** ping(8): one packet, and two seconds for the answer. */
export function pingQuery(address: string): readonly string[] {
  return ["ping", "-c", "1", "-W", "2", address];
}

/** IPv4, or IPv6 with the interface that a link-local address is of. */
const ADDRESS = /^(?:[0-9.]+|[0-9a-f:]+(?:%[^\s/]{1,15})?)$/;

/** ip-neighbour(8): what the kernel knows of a neighbour; nothing is sent. */
export function neighbourQuery(address: string, name: string): readonly string[] {
  return ["ip", "neigh", "show", "to", address, "dev", name];
}

const INTERFACE = /^[^\s/]{1,15}$/;

/**
 * apt-cache(8): the versions of a package in the apt sources, a line each. Without the two options root's apt-cache would
 * renew its caches; with them it keeps what it makes in memory.
 */
export function versionsQuery(name: string): readonly string[] {
  return [
    "apt-cache",
    "--option=Dir::Cache::pkgcache=",
    "--option=Dir::Cache::srcpkgcache=",
    "madison",
    name,
  ];
}

const PACKAGE = /^[a-z0-9][a-z0-9+.-]+$/;

const FIXED = [PACKAGES_QUERY, ARCHITECTURE_QUERY, ROOT_UUID_QUERY, ...BOOT_LOG_QUERIES].map((argv) =>
  argv.join("\0"),
);

export function isAllowedQuery(argv: readonly string[]): boolean {
  const [program, option, path] = argv;
  if (program === "dpkg-deb" && option === "--ctrl-tarfile")
    return path?.startsWith("/") === true && argv.length === 3;
  if (program === "unshare") {
    const uuid = argv.at(-1) ?? "";
    return isUuid(uuid) && isSame(argv, espQuery(uuid));
  }
  const last = argv.at(-1) ?? "";
  if (program === "apt-cache") return PACKAGE.test(last) && isSame(argv, versionsQuery(last));
  if (program === "systemctl") return UNIT.test(last) && isSame(argv, unitQuery(last));
  if (program === "ping") return ADDRESS.test(last) && isSame(argv, pingQuery(last));
  if (program === "ip") {
    const address = argv.at(-3) ?? "";
    return ADDRESS.test(address) && INTERFACE.test(last) && isSame(argv, neighbourQuery(address, last));
  }
  return FIXED.includes(argv.join("\0"));
}

function isSame(argv: readonly string[], query: readonly string[]): boolean {
  return argv.join("\0") === query.join("\0");
}
