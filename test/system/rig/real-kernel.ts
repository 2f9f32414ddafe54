import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tool } from "./tool.ts";

/** Debian's kernel for virtual machines: the disk's and the file system's drivers are inside of it. */
const META = "linux-image-cloud-amd64";
const CACHE = fileURLToPath(new URL("../../../.cache/system/kernel", import.meta.url));

export interface RealKernel {
  readonly release: string;
  /** The package, kept between runs. */
  readonly deb: string;
}

/** Downloads the kernel's package from this machine's own apt sources. */
export function realKernel(): RealKernel {
  const depends = tool("apt-cache", "depends", "--important", META);
  const name = /Depends: (linux-image-\d\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`apt knows no ${META}: run apt-get update`);
  const release = name.slice("linux-image-".length);
  const found = (): string | undefined =>
    existsSync(CACHE) ? readdirSync(CACHE).find((file) => file.startsWith(`${name}_`)) : undefined;
  if (found() === undefined) {
    rmSync(CACHE, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    tool("sh", "-c", 'cd "$1" && apt-get download -qq "$2"', "sh", CACHE, name);
  }
  const file = found();
  if (file === undefined) throw new Error(`apt-get has left no package of ${name}`);
  return { release, deb: join(CACHE, file) };
}
