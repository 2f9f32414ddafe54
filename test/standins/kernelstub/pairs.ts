import { posix } from "node:path";
import { isNewer } from "./debian-version.ts";
import type { RootFolder } from "../root-folder.ts";

export interface Pair {
  readonly kernel: string;
  readonly initrd: string;
}

/**
 * The newest and the second newest complete pair in /boot, as kernel_option.py of kernelstub 3.1.4 finds them:
 * by name alone, in Debian version order. A release is parsed only when it is compared with another one, so a
 * name that is no version does harm only next to a second pair.
 */
export function newestPairs(root: RootFolder): { newest?: Pair; previous?: Pair } {
  const names = root.names("/boot");
  const releases = names.flatMap((name) => {
    const release = /^vmlinuz-(.*)$/s.exec(name)?.[1];
    return release !== undefined && names.includes(`initrd.img-${release}`) ? [release] : [];
  });
  const newest = newestOf(releases);
  const previous = newestOf(releases.filter((release) => release !== newest));
  return {
    ...(newest === undefined ? {} : { newest: pairOf(newest) }),
    ...(previous === undefined ? {} : { previous: pairOf(previous) }),
  };
}

function newestOf(releases: readonly string[]): string | undefined {
  const [first, ...rest] = releases;
  if (first === undefined) return undefined;
  return rest.reduce((newest, release) => (isNewer(release, newest) ? release : newest), first);
}

function pairOf(release: string): Pair {
  return {
    kernel: posix.join("/boot", `vmlinuz-${release}`),
    initrd: posix.join("/boot", `initrd.img-${release}`),
  };
}
