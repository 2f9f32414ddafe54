import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { dependencyOf, download } from "./archive.ts";
import { CACHE, OWN_SUITE } from "./base.ts";

/**
 * Debian's kernels, the newest by name last: the generic one has each driver as a module, the one for virtual machines has
 * those of the disk and the file system inside of it.
 */
const METAS = {
  generic: "linux-image-amd64",
  cloud: "linux-image-cloud-amd64",
  realtime: "linux-image-rt-amd64",
};

export type Flavour = keyof typeof METAS;

export interface RealKernel {
  readonly release: string;
  /** The package, kept between runs. */
  readonly deb: string;
}

/** Downloads a kernel's package of a Debian release, its newest. */
export function realKernel(flavour: Flavour = "cloud", suite = OWN_SUITE): RealKernel {
  const name = dependencyOf(METAS[flavour], /^linux-image-\d/, suite);
  const release = name.slice("linux-image-".length);
  const folder = join(CACHE, "kernel", suite, flavour);
  const found = existsSync(folder)
    ? readdirSync(folder).find((file) => file.startsWith(`${name}_`))
    : undefined;
  if (found !== undefined) return { release, deb: join(folder, found) };
  rmSync(folder, { recursive: true, force: true });
  return { release, deb: join(folder, basename(download(name, suite, folder))) };
}
