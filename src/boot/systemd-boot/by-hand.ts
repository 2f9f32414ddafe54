import { posix } from "node:path";
import type { Diagnostic, HostState, KernelFact, LoaderEntry } from "../../model/index.ts";
import { ownKernel } from "../bls/entry-release.ts";
import { problem } from "../problem.ts";
import type { Host } from "./driven-host.ts";
import { addedFolder } from "./kernel-install.ts";

/**
 * Entries that somebody wrote once, as on Arch and its kin: they name the files of /boot that are called by their packages, and
 * nobody makes them again. Where kernel-install has written a single one, new kernels get theirs from it.
 */
export function isByHand(host: Host, kernels: HostState["kernels"]): boolean {
  const isMade = ({ id, image }: LoaderEntry): boolean => {
    const release = id.startsWith(`${host.token}-`) ? id.slice(host.token.length + 1) : undefined;
    return (
      release !== undefined && image !== undefined && posix.dirname(image.path) === addedFolder(host, release)
    );
  };
  return (
    !host.entries.some(isMade) && host.entries.some((entry) => ownKernel(entry, kernels)?.name !== undefined)
  );
}

/** Of the entries of one kernel: the one that boots next, then those with its usual initrd, before those with a fallback's. */
export function usualFirst(
  entries: readonly LoaderEntry[],
  kernels: HostState["kernels"],
  next: LoaderEntry | undefined,
): readonly LoaderEntry[] {
  const usual = entries.filter((entry) => {
    const kernel = ownKernel(entry, kernels);
    return kernel?.initrd !== undefined && kernel.initrd.path === entry.initrd?.path;
  });
  return [...usual.filter(({ path }) => path === next?.path), ...usual, ...entries];
}

/** Where no entry starts the declared release: hostcfg writes none, for nobody would remove it with its kernel. */
export function noEntryOf(release: string, kernels: readonly KernelFact[], host: Host): Diagnostic[] {
  const kernel = kernels.find((one) => one.release === release);
  const root = host.facts.boot.mountPoint;
  const named = [kernel?.image, kernel?.initrd].flatMap((file) =>
    file === undefined ? [] : [`/${posix.relative(root, file.path)}`],
  );
  return [
    problem(
      "entry-missing",
      `no entry starts ${release}, and this host's entries are written by hand`,
      named.length < 2
        ? "install that kernel with its initrd, and write an entry for it"
        : `copy the entry that boots now to another name in loader/entries, with linux ${named[0] ?? ""} and initrd ${named[1] ?? ""}`,
    ),
  ];
}

/**
 * Where hooks of pacman's have kernel-install make the entries: it is given the image in /usr/lib/modules, and how its initrd is made
 * depends on the package that brings the hooks.
 */
export function notAdded(release: string): Diagnostic[] {
  return [
    problem(
      "entry-missing",
      `hostcfg does not know how pacman's hooks have kernel-install add ${release} on this host`,
      `add it by hand, then plan again: sudo reinstall-kernels on EndeavourOS, or sudo kernel-install add ${release} /usr/lib/modules/${release}/vmlinuz`,
    ),
  ];
}
