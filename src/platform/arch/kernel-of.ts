import { posix } from "node:path";
import { ifRecorded } from "../../facts/unrecorded.ts";
import type { Reader } from "../../host/reader.ts";
import type { KernelOfPackage, PackageFact } from "../../model/index.ts";
import { DATABASE } from "./settings.ts";

/** Kernels of Arch and its kin are packages `linux`, `linux-zen`, `linux-cachyos` and, on Manjaro, `linux612`. */
const PERHAPS =
  /^linux(?:\d+)?(?:-(?!firmware|api-headers|docs|tools|atm|aarch64-headers)[\w.+-]+)?$|(?:^|-)kernel(?:-|$)/;
const NEVER =
  /-(?:headers|docs|tools|common|meta|manager|modules-cleanup)$|^linux-firmware|^kernel-modules-hook$/;

/** The kernel that a package may hold, by its name: its release stands nowhere in it. */
export function kernelByName(name: string): KernelOfPackage | undefined {
  return PERHAPS.test(name) && !NEVER.test(name) ? "unknown" : undefined;
}

/** The kernel of an installed package, by pacman's list of its files. */
export function kernelOf(
  reader: Reader,
  { name, version }: Pick<PackageFact, "name" | "version">,
): KernelOfPackage | undefined {
  const list = ifRecorded(() => reader.readText(posix.join(DATABASE, `${name}-${version}`, "files")));
  if (list === undefined) return kernelByName(name);
  return kernelIn(list.split("\n"), (release) =>
    ifRecorded(() => reader.readText(`/usr/lib/modules/${release}/pkgbase`)),
  );
}

/** Paths in a package, or in its list. */
const HELD = /^usr\/lib\/modules\/([^/]+)\/(?:(vmlinuz)|kernel\/?|modules\.order)$/;

/** Whether this path is such a list, or what stands beside it. */
export function isFileList(path: string): boolean {
  return path.startsWith(`${DATABASE}/`) && path.endsWith("/files");
}

/** What {@link kernelIn} reads of a list. */
export function kernelLines(list: string): string {
  return list
    .split("\n")
    .filter((line) => HELD.test(line))
    .map((line) => `${line}\n`)
    .join("");
}

/**
 * The kernel that a package with these files holds. One with several is none that can be told.
 *
 * @param pkgbaseOf The text of the file `pkgbase` of a release.
 */
export function kernelIn(
  files: readonly string[],
  pkgbaseOf: (release: string) => string | undefined,
): KernelOfPackage | undefined {
  const held = files.flatMap((file) => {
    const [, release, image] = HELD.exec(file) ?? [];
    return release === undefined ? [] : [{ release, isImage: image !== undefined }];
  });
  const images = held.filter(({ isImage }) => isImage);
  const [release, another] = new Set((images.length > 0 ? images : held).map((one) => one.release));
  if (another !== undefined) return "unknown";
  if (release === undefined) return undefined;
  const name = pkgbaseOf(release)?.trim();
  return {
    release,
    name: name === "" || name === release ? undefined : name,
    part: images.length > 0 ? "image" : "modules",
  };
}
