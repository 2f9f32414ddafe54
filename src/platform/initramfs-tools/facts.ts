import { posix } from "node:path";
import type { Reader } from "../../host/reader.ts";
import type { Fact, InitramfsFacts, KernelFact } from "../../model/index.ts";
import { attempt, known, unknown } from "../../facts/fact.ts";

/** Where Debian's initramfs-tools and its kin are installed; Debian moved system programs to /usr/bin late. */
const UPDATERS = ["/usr/sbin/update-initramfs", "/sbin/update-initramfs"];

/** What copies modprobe.d(5) files into an initrd, whatever kernel it is for. */
const MODPROBE = ["/etc/modprobe.d", "/lib/modprobe.d"];
const CONFIGURATION = "/etc/initramfs-tools";
/** Folders below it whose files become a part of the initrd or decide what does (initramfs-tools(7)). */
const DEEPEST = 3;
/** Milliseconds by which a clock that is kept right (adjtimex(2)) may step back. */
const CLOCK_SLACK = 2000;

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
 * old without a word. Times that lie in the future compare with nothing: the clock was wrong then, or is now.
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

interface Dated {
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

function changedAfter(reader: Reader, path: string, sources: readonly string[]): Fact<readonly string[]> {
  const times = attempt(`when ${path} was made`, () => {
    const at = reader.modifiedAt(path);
    if (at === undefined) return undefined;
    const dated = sources.map((source): Dated => ({ path: source, at: reader.modifiedAt(source) ?? 0 }));
    return { initrd: { path, at }, dated };
  });
  return times.known ? judgeAge(times.value.initrd, times.value.dated, reader.now() + CLOCK_SLACK) : times;
}

/** Newest first. */
function judgeAge(initrd: Dated, sources: readonly Dated[], future: number): Fact<readonly string[]> {
  const changed = sources.filter(({ at }) => at > initrd.at).sort((a, b) => b.at - a.at);
  const sure = changed.filter(({ at }) => at <= future);
  // An initrd that is made anew would be older than that again.
  const unsure = initrd.at > future ? initrd : sure.length === 0 ? changed[0] : undefined;
  if (unsure === undefined) return known(sure.map(({ path }) => path));
  const date = new Date(unsure.at).toISOString().slice(0, 10);
  return unknown(`${unsure.path} is dated ${date}, later than what the clock says now`);
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
