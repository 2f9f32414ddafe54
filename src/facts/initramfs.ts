import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { Fact, InitramfsFacts, KernelFact } from "../model.ts";
import { attempt, unknown } from "./fact.ts";

/** Where Debian's initramfs-tools and its kin are installed; Debian moved system programs to /usr/bin late. */
const UPDATERS = ["/usr/sbin/update-initramfs", "/sbin/update-initramfs"];

/** What copies modprobe.d(5) files into an initrd, whatever kernel it is for. */
const MODPROBE = ["/etc/modprobe.d", "/lib/modprobe.d"];
const CONFIGURATION = "/etc/initramfs-tools";
/** Folders below it whose files become a part of the initrd or decide what does (initramfs-tools(7)). */
const DEEPEST = 3;

/** Which program makes initrds here: hostcfg drives update-initramfs(8) only. */
export function readInitramfs(reader: Reader): InitramfsFacts {
  return {
    generator: attempt(
      "update-initramfs",
      () => (UPDATERS.some((path) => reader.stat(path) !== undefined) ? "initramfs-tools" : undefined),
      "update-initramfs is not installed",
    ),
  };
}

/**
 * Adds to each kernel with an initrd the files that it was built from and that were changed after it: its list of
 * modules, which depmod(8) writes anew whenever one is installed, the modprobe.d files, and initramfs-tools' own
 * configuration. `update-initramfs -u` without a release rebuilds the newest kernel's only, so any other initrd grows
 * old without a word.
 */
export function withOlderThan(
  reader: Reader,
  kernels: readonly KernelFact[],
  { generator }: InitramfsFacts,
): KernelFact[] {
  if (!generator.known) return [...kernels];
  const common = attempt("what initrds are built from", () => commonSources(reader));
  return kernels.map((kernel) => {
    const { initrd, release } = kernel;
    if (initrd === undefined || initrd.size === 0) return kernel;
    const initrdOlderThan = common.known
      ? changedAfter(reader, initrd.path, [`/lib/modules/${release}/modules.dep`, ...common.value])
      : unknown(common.why);
    return { ...kernel, initrdOlderThan };
  });
}

/** Newest first. */
function changedAfter(reader: Reader, initrd: string, sources: readonly string[]): Fact<readonly string[]> {
  return attempt(`when ${initrd} was made`, () => {
    const made = reader.modifiedAt(initrd);
    if (made === undefined) return undefined;
    return sources
      .map((path) => ({ path, at: reader.modifiedAt(path) ?? 0 }))
      .filter(({ at }) => at > made)
      .sort((a, b) => b.at - a.at)
      .map(({ path }) => path);
  });
}

function commonSources(reader: Reader): string[] {
  return [
    ...MODPROBE.flatMap((folder) => filesBelow(reader, folder, 1).filter((path) => path.endsWith(".conf"))),
    ...filesBelow(reader, CONFIGURATION, DEEPEST),
  ];
}

function filesBelow(reader: Reader, folder: string, depth: number): string[] {
  return (reader.list(folder) ?? []).flatMap((name) => {
    const path = posix.join(folder, name);
    const kind = reader.stat(path)?.kind;
    if (kind === "file") return [path];
    return kind === "directory" && depth > 1 ? filesBelow(reader, path, depth - 1) : [];
  });
}
