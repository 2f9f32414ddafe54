import type { Reader } from "../../host/reader.ts";
import type { BootFile, Fact, KernelFact } from "../../model/index.ts";
import { compareDebianVersions, isDebianVersion } from "./version.ts";
import { attempt } from "../../facts/fact.ts";

const BOOT = "/boot";
const MODULES = "/lib/modules";

/**
 * The kernels of the host by the names in /boot (`vmlinuz-`, `initrd.img-` and `config-`, and behind the first
 * dash the release) and the folders of /lib/modules that hold a modules.dep. The newest comes first by Debian
 * version order; releases that dpkg takes for equal follow in the order of their code units.
 *
 * An image or initrd is listed by its *name*, as kernelstub does, which never looks at what stands there: its
 * size is 0 where the file is truncated, and where the name is a dangling link or no file at all. So whether
 * kernelstub takes a pair ({@link completePairs}, a `.dpkg-bak` among them) and whether the pair is whole (both sizes above 0) are two
 * questions.
 */
export function readKernels(reader: Reader): Fact<readonly KernelFact[]> {
  return attempt(BOOT, () => {
    const names = reader.list(BOOT);
    if (names === undefined) return undefined;
    const present = new Set(names);
    const withModules = new Set(reader.list(MODULES)?.filter((release) => hasModules(reader, release)));
    const releases = new Set([...[...present].flatMap(releaseOf), ...withModules]);
    return [...releases].sort(newestFirst).map((release) => {
      const image = bootFile(reader, present, `vmlinuz-${release}`);
      const initrd = bootFile(reader, present, `initrd.img-${release}`);
      return {
        release,
        ...(image === undefined ? {} : { image }),
        ...(initrd === undefined ? {} : { initrd }),
        config: present.has(`config-${release}`),
        modules: withModules.has(release),
      };
    });
  });
}

/** The kernels that kernelstub chooses among, in the order given: image and initrd are both named in /boot. */
export function completePairs(kernels: readonly KernelFact[]): KernelFact[] {
  return kernels.filter((kernel) => kernel.image !== undefined && kernel.initrd !== undefined);
}

/** What keeps a kernel from booting, a clause each: a missing or empty image or initrd, missing modules. */
export function missingParts(kernel: KernelFact): string[] {
  if (kernel.expected === true) return [];
  const part = (name: string, path: string, file: BootFile | undefined): string[] => {
    if (file === undefined) return [`its ${name} ${path} is missing`];
    return file.size === 0 ? [`its ${name} ${path} is empty`] : [];
  };
  return [
    ...part("image", `${BOOT}/vmlinuz-${kernel.release}`, kernel.image),
    ...part("initrd", `${BOOT}/initrd.img-${kernel.release}`, kernel.initrd),
    ...(kernel.modules ? [] : [`its modules in ${MODULES}/${kernel.release} are missing`]),
  ];
}

/** The releases that kernelstub takes when it is run without paths. */
export interface NewestPair {
  readonly newest?: string;
  /** The next newest: its "old kernel". */
  readonly previous?: string;
  /** The release that it dies of, because python-debian takes the name for no version. It takes no pair then. */
  readonly crash?: string;
}

/**
 * kernelstub's rule since 3.1.2: the newest complete pair by Debian version order, whole or not. It parses no
 * version while there is only one pair, so a lone invalid name does it no harm. Between two releases that dpkg
 * takes for equal it goes by the order of the folder, which no Reader shows; here the code units decide.
 */
export function newestPair(kernels: readonly KernelFact[]): NewestPair {
  const releases = completePairs(kernels).map((kernel) => kernel.release);
  const crash = releases.find((release) => !isDebianVersion(release));
  if (releases.length > 1 && crash !== undefined) return { crash };
  const [newest, previous] = releases.sort(newestFirst);
  return { ...(newest === undefined ? {} : { newest }), ...(previous === undefined ? {} : { previous }) };
}

function releaseOf(name: string): string[] {
  const release = /^(?:vmlinuz|initrd\.img|config)-(.+)$/s.exec(name)?.[1];
  return release === undefined ? [] : [release];
}

function hasModules(reader: Reader, release: string): boolean {
  return reader.stat(`${MODULES}/${release}/modules.dep`)?.kind === "file";
}

function bootFile(reader: Reader, present: ReadonlySet<string>, name: string): BootFile | undefined {
  if (!present.has(name)) return undefined;
  const path = `${BOOT}/${name}`;
  const stat = reader.stat(path);
  return { path, size: stat?.kind === "file" ? stat.size : 0 };
}

/** Debian version order; releases that dpkg takes for equal follow in the order of their code units. */
export function newestFirst(a: string, b: string): number {
  return compareDebianVersions(b, a) || (a < b ? -1 : a > b ? 1 : 0);
}
