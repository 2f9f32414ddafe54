import { attempt, known, unknown } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { Fact, InitramfsFacts, KernelFact } from "../model/index.ts";
import { GENERATORS } from "./initramfs.ts";

/** Milliseconds by which a clock that is kept right (adjtimex(2)) may step back. */
const CLOCK_SLACK = 2000;

/**
 * What changes below /lib/modules/RELEASE where modules come or go: what the kernel's own build lists, and the folders
 * that a build, DKMS and others put modules in. modules.dep tells nothing: depmod(8) writes it again without need, and
 * kernel-install has it run after each initrd (50-depmod.install).
 */
const MODULES = [
  "modules.order",
  "modules.builtin",
  "kernel",
  "updates",
  "updates/dkms",
  "extra",
  "misc",
  "weak-updates",
];

/**
 * Adds to each kernel with an initrd the files that it was built from and that were changed after it: its modules, the
 * modprobe.d files, and the generator's own configuration. A generator that is run without a release may rebuild the
 * newest kernel's only, so any other initrd grows old without a word. Times that lie in the future compare with nothing:
 * the clock was wrong then, or is now.
 */
export function withOlderThan(
  reader: Reader,
  kernels: readonly KernelFact[],
  { generator }: InitramfsFacts,
): KernelFact[] {
  if (!generator.known) return [...kernels];
  const by = GENERATORS[generator.value];
  const common = attempt("what initrds are built from", () => by.sourceFiles(reader));
  return kernels.map((kernel) => {
    const { initrd, release } = kernel;
    if (initrd === undefined || initrd.size === 0) return kernel;
    const initrdOlderThan = common.known
      ? changedAfter(reader, initrd.path, [
          ...MODULES.map((name) => `/lib/modules/${release}/${name}`),
          ...common.value,
        ])
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
  // An initrd that is made again would be older than that again.
  const unsure = initrd.at > future ? initrd : sure.length === 0 ? changed[0] : undefined;
  if (unsure === undefined) return known(sure.map(({ path }) => path));
  const date = new Date(unsure.at).toISOString().slice(0, 10);
  return unknown(`${unsure.path} is dated ${date}, later than what the clock says now`);
}
