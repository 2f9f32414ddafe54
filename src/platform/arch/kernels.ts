import { SETUP_BYTES, releaseInImage } from "../../archive/kernel-image.ts";
import { attempt } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { BootFile, Fact, KernelFact } from "../../model/index.ts";
import { BOOT, MODULES, fallbackName, imageName, initrdName, nameOfImage } from "./layout.ts";
import { newestFirst } from "./version.ts";

/** Modules that are there. */
interface Folder {
  readonly release: string;
  /** The file `pkgbase` in it, by which mkinitcpio's hook calls the image. */
  readonly name?: string | undefined;
  /** depmod(8) ran. */
  readonly whole: boolean;
}

/** An image of /boot, and the release that starts with it. */
interface Image {
  readonly name: string;
  readonly file: BootFile;
  readonly release: string;
}

/**
 * The kernels of the host, the newest first. The release of an image is what it says itself: between the removal of the old
 * modules and a hook that failed, it is not that of the modules which its package has now. Only where it says nothing do the
 * modules of its name tell. A copy of an image, whose name no modules have, is listed by its name.
 */
export function readKernels(reader: Reader): Fact<readonly KernelFact[]> {
  return attempt(BOOT, () => {
    const files = reader.list(BOOT);
    if (files === undefined) return undefined;
    const there = new Set(files);
    const fileOf = (file: string): BootFile | undefined =>
      there.has(file) ? bootFile(reader, `${BOOT}/${file}`) : undefined;
    const folders = readFolders(reader);
    const images = files.flatMap((file): Image[] => {
      const [name, found] = [nameOfImage(file), fileOf(file)];
      if (name === undefined || found === undefined) return [];
      const named = folders.find((folder) => folder.name === name)?.release;
      return [{ name, file: found, release: releaseSaid(reader, found) ?? named ?? name }];
    });
    const initrds = (name: string): Pick<KernelFact, "initrd" | "fallback"> => ({
      initrd: fileOf(initrdName(name)),
      fallback: fileOf(fallbackName(name)),
    });
    const started = images.map(({ name, release, file }): KernelFact => {
      const folder = folders.find((one) => one.release === release);
      const alike = images.filter((one) => one.release === release);
      const first = alike.find((one) => one.name === folder?.name) ?? alike[0];
      const its = { image: file, ...initrds(name), config: false };
      return name === first?.name
        ? { release, name: name === release ? undefined : name, ...its, modules: folder?.whole === true }
        : { release: name, inImage: release, ...its, modules: false };
    });
    const without = folders
      .filter(({ release, whole }) => whole && !started.some((one) => one.release === release))
      .map(({ release, name }): KernelFact => {
        const called = name ?? release;
        const its = there.has(imageName(called)) ? {} : initrds(called);
        return { release, name, ...its, config: false, modules: true };
      });
    return [...started, ...without].sort((a, b) => newestFirst(a.release, b.release));
  });
}

/** The newest first. */
function readFolders(reader: Reader): readonly Folder[] {
  return (reader.list(MODULES) ?? []).toSorted(newestFirst).flatMap((release): Folder[] => {
    const folder = `${MODULES}/${release}`;
    const whole = reader.stat(`${folder}/modules.dep`)?.kind === "file";
    const name = reader.readText(`${folder}/pkgbase`)?.trim();
    return whole || name !== undefined ? [{ release, name: name === "" ? undefined : name, whole }] : [];
  });
}

function releaseSaid(reader: Reader, { path, size }: BootFile): string | undefined {
  if (size === 0) return undefined;
  const head = attempt(path, () => reader.head(path, SETUP_BYTES));
  return head.known ? releaseInImage(head.value) : undefined;
}

function bootFile(reader: Reader, path: string): BootFile {
  const stat = reader.stat(path);
  return { path, size: stat?.kind === "file" ? stat.size : 0 };
}
