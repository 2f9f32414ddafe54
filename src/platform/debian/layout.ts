/** Debian's names for the files of a kernel in /boot: `vmlinuz-RELEASE` and `initrd.img-RELEASE`. */

const PREFIXES = { image: "vmlinuz", initrd: "initrd.img" } as const;

export function imagePath(release: string): string {
  return `/boot/${PREFIXES.image}-${release}`;
}

export function initrdPath(release: string): string {
  return `/boot/${PREFIXES.initrd}-${release}`;
}

export function modulesFolder(release: string): string {
  return `/lib/modules/${release}`;
}

/** The kernel's file that a path of /boot is, by its name. */
export function kernelFileAt(
  path: string,
): { readonly part: "image" | "initrd"; readonly release: string } | undefined {
  const [, name, release] = /^\/boot\/(vmlinuz|initrd\.img)-([^/]+)$/.exec(path) ?? [];
  return release === undefined ? undefined : { part: name === PREFIXES.image ? "image" : "initrd", release };
}
