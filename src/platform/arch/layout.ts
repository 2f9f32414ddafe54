import type { KernelFact } from "../../model/index.ts";
import { known } from "../../facts/fact.ts";
import type { KernelLayout } from "../platform.ts";
import { newestFirst } from "./version.ts";

/**
 * The files of a kernel in /boot are called by its pkgbase (`linux`, `linux-zen`), whatever release it has: mkinitcpio's hook
 * copies the image there. So each package has one release at a time, and an upgrade replaces it.
 */
export const BOOT = "/boot";
export const MODULES = "/usr/lib/modules";

export function imageName(name: string): string {
  return `vmlinuz-${name}`;
}

export function initrdName(name: string): string {
  return `initramfs-${name}.img`;
}

export function fallbackName(name: string): string {
  return `initramfs-${name}-fallback.img`;
}

/** What an image of /boot with this file name is called by. */
export function nameOfImage(file: string): string | undefined {
  return /^vmlinuz-(.+)$/.exec(file)?.[1];
}

export function layout(kernels: readonly KernelFact[]): KernelLayout {
  const nameOf = (release: string): string => kernels.find((one) => one.release === release)?.name ?? release;
  const holderOf = (path: string, part: "image" | "initrd", name: string): KernelFact | undefined =>
    kernels.find((one) => one[part]?.path === path) ??
    kernels.find((one) => (one.name ?? one.release) === name);
  return {
    image: (release) => `${BOOT}/${imageName(nameOf(release))}`,
    initrd: (release) => `${BOOT}/${initrdName(nameOf(release))}`,
    modules: (release) => `${MODULES}/${release}`,
    fileAt: (path) => {
      const [, image, initrd] = /^\/boot\/(?:vmlinuz-([^/]+)|initramfs-([^/]+)\.img)$/.exec(path) ?? [];
      if (image !== undefined)
        return { part: "image", release: holderOf(path, "image", image)?.release ?? image };
      // `initramfs-linux-fallback.img` is no initrd of a kernel `linux-fallback`.
      const holder = initrd === undefined ? undefined : holderOf(path, "initrd", initrd);
      return holder && { part: "initrd", release: holder.release };
    },
    newestFirst,
    linkFolder: () => known(""),
    links: [],
  };
}
