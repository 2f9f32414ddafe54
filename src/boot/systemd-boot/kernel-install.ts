import { known } from "../../facts/fact.ts";
import { posix } from "node:path";
import type { Action, ExecStep, HostState, LoaderEntry } from "../../model/index.ts";
import { ENTRIES } from "../bls/entries.ts";
import { PLATFORMS } from "../../platform/platforms.ts";
import type { LoaderInput } from "../loader.ts";
import { run } from "../run.ts";
import type { Host } from "./driven-host.ts";

/**
 * What kernel-install writes, and when it runs. 90-loaderentry.install of systemd 252 removes the kernel and the initrd of
 * the release and copies them again under the same names, then truncates the release's entry and writes it line by line.
 */

/** Where kernel-install puts kernel and initrd of a release. */
export function addedFolder({ facts, token }: Pick<Host, "facts" | "token">, release: string): string {
  return posix.join(facts.boot.mountPoint, token, release);
}

/** Has kernel-install add a release, or add it again. */
export function adding<Stage extends string>(
  stage: Stage,
  release: string,
  about: Pick<ExecStep, "serves" | "touches" | "flushes">,
) {
  const title = `let kernel-install copy ${release} and write its entry`;
  return run(stage, { does: "copy-kernel", by: "kernel-install", release }, { title, ...about });
}

/** What hooks of packages and initrds have kernel-install write for a release: the files to keep, and the folders to flush. */
export function writtenByHooks(host: Host, release: string): Pick<ExecStep, "touches" | "flushes"> {
  const entries = posix.join(host.facts.boot.mountPoint, ENTRIES);
  const own = host.entries.filter(
    ({ id, path }) => id === `${host.token}-${release}` && posix.dirname(path) === entries,
  );
  return { touches: own.map(({ path }) => path), flushes: [entries, addedFolder(host, release)] };
}

/** Whether an entry, or a file that it names, is one of those that kernel-install writes for this release. */
export function isAddedAs(host: Host, { path, id, image, initrd }: LoaderEntry, release: string): boolean {
  const folder = addedFolder(host, release);
  const entries = posix.join(host.facts.boot.mountPoint, ENTRIES);
  return (
    (posix.dirname(path) === entries && id === `${host.token}-${release}`) ||
    [image, initrd].some((file) => file !== undefined && posix.dirname(file.path) === folder)
  );
}

/**
 * The keys by which an entry of kernel-install's finds its place in the menu. Which it writes depends on its version, so
 * they are as of the entries that it wrote before.
 */
export function keysOfAdded(
  entries: readonly LoaderEntry[],
  token: string,
  os: HostState["identity"]["os"],
): Pick<LoaderEntry, "machineId" | "sortKey"> {
  const sibling = entries.find(({ id }) => id.startsWith(`${token}-`));
  const sortKey = sibling === undefined ? (os.known ? os.value.id : undefined) : sibling.sortKey;
  return { ...(sibling?.machineId === undefined ? {} : { machineId: sibling.machineId }), sortKey };
}

/**
 * The releases that this action has kernel-install add, itself or by Debian's hooks. These run it for the release of a
 * kernel's package, and for each whose initrd is rebuilt (/etc/kernel/postinst.d/zz-systemd-boot,
 * /etc/initramfs/post-update.d/systemd-boot).
 */
export function releasesAdded(action: Action, kernels: HostState["kernels"]): readonly string[] {
  switch (action.does) {
    case "copy-kernel":
      return action.by === "kernel-install" ? [action.release] : [];
    case "make-initrd":
      return [action.release];
    case "install":
      return addedByHooks(
        { installing: action.packages, kernels: kernels.known ? kernels.value : [] },
        known(action.family),
      );
    // The hook for removals takes away what the package's own kernel had.
    case "remove":
    case "hold":
    case "unhold":
    case "make-menu":
    case "set-default":
    case "set-once":
    case "pin":
    case "put-aside":
    case "drop-aside":
    case "refresh-esps":
      return [];
  }
}

/** The releases that kernel-install adds because the plan installs packages or makes an initrd. */
export function addedByHooks(
  { rebuilt, installing = [], kernels }: Pick<LoaderInput, "rebuilt" | "installing" | "kernels">,
  family: HostState["family"],
): readonly string[] {
  const manager = family.known ? PLATFORMS[family.value].packages : undefined;
  const looked = installing.filter(({ name }) => manager?.needless(name) === undefined);
  return [
    ...(rebuilt === undefined ? [] : [rebuilt]),
    // With DKMS, also headers have modules built and the initrd rebuilt. Firmware has that of some kernel rebuilt: which
    // one is update-initramfs's own choice.
    ...looked.flatMap(({ kernel }) =>
      typeof kernel === "object" ? [kernel.release] : kernels.map(({ release }) => release),
    ),
  ];
}
