import type { Fact, PackageFact } from "../../model/index.ts";
import { imageRelease } from "./kernel-of.ts";

/** Command lines of Debian and its kin that a person may be told, and words that go with them. */

/** The package that holds a kernel's image: the one that is installed, else what Debian would call it. */
export function imagePackage(release: string, packages: Fact<readonly PackageFact[]>): string {
  const installed = packages.known ? packages.value : [];
  return installed.find(({ name }) => imageRelease(name) === release)?.name ?? `linux-image-${release}`;
}

export function toInstall(name: string): string {
  return `sudo apt install ${name}`;
}

export function toReinstall(name: string): string {
  return `sudo apt install --reinstall ${name}`;
}

export function toRemove(name: string): string {
  return `sudo apt remove ${name}`;
}

export function toInstallVersion(name: string, version: string): string {
  return `sudo apt-get install ${name}=${version}`;
}

export function toHold(names: readonly string[]): string {
  return `sudo apt-mark hold ${names.join(" ")}`;
}
