/**
 * The only programs that a plan may run, each with the arguments that make it read only. Whatever is not here
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

const FIXED = [PACKAGES_QUERY, ARCHITECTURE_QUERY, ROOT_UUID_QUERY, ...BOOT_LOG_QUERIES].map((argv) =>
  argv.join("\0"),
);

export function isAllowedQuery(argv: readonly string[]): boolean {
  const [program, option, path] = argv;
  if (program === "dpkg-deb" && option === "--ctrl-tarfile")
    return path?.startsWith("/") === true && argv.length === 3;
  return FIXED.includes(argv.join("\0"));
}
