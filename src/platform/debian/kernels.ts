import type { Reader } from "../../host/reader.ts";
import type { BootFile, Fact, KernelFact } from "../../model/index.ts";
import { attempt } from "../../facts/fact.ts";
import { newestFirst } from "./version.ts";

const BOOT = "/boot";
const MODULES = "/lib/modules";

/**
 * The kernels of the host by the names in /boot (`vmlinuz-`, `initrd.img-` and `config-`, and behind the first
 * dash the release) and the folders of /lib/modules that hold a modules.dep. The newest comes first by Debian
 * version order; releases that dpkg takes for equal follow in the order of their code units.
 *
 * An image or initrd is listed by its *name*, as kernelstub does, which never looks at what stands there: its
 * size is 0 where the file is truncated, and where the name is a dangling link or no file at all. So whether
 * kernelstub takes a pair (a `.dpkg-bak` among them) and whether the pair is whole (both sizes above 0) are two
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
        image,
        initrd,
        config: present.has(`config-${release}`),
        modules: withModules.has(release),
      };
    });
  });
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
