import { posix } from "node:path";
import type { ExecStep, LoaderEntry } from "../../model/index.ts";
import { ENTRIES } from "../bls/entries.ts";
import { PLATFORMS } from "../../platform/platforms.ts";
import type { DraftStep, LoaderInput, UnnumberedStep } from "../loader.ts";
import { run } from "../run.ts";
import type { Host } from "./driven-host.ts";

/**
 * What kernel-install writes, and when it runs. 90-loaderentry.install of systemd 252 removes the kernel and the initrd of
 * the release and copies them anew under the same names, then truncates the release's entry and writes it line by line.
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

/** The release that kernel-install adds by this step. */
export function addedBy(step: UnnumberedStep): string | undefined {
  if (step.kind !== "exec" || step.action.does !== "copy-kernel") return undefined;
  return step.action.by === "kernel-install" ? step.action.release : undefined;
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

/** The releases that these steps have kernel-install add, and those for which the hooks of the plan's packages do. */
export function releasesAdded(input: LoaderInput, steps: readonly DraftStep[]): string[] {
  const own = steps.flatMap((step) => addedBy(step) ?? []);
  return [...new Set([...own, ...addedByHooks(input)])];
}

/**
 * Debian's hooks run kernel-install for the release of a kernel's package, and for each whose initrd is made anew
 * (/etc/kernel/postinst.d/zz-systemd-boot, /etc/initramfs/post-update.d/systemd-boot).
 */
export function addedByHooks({ state, rebuilt, installing = [], kernels }: LoaderInput): string[] {
  const manager = state.family.known ? PLATFORMS[state.family.value].packages : undefined;
  const looked = installing.filter(({ name }) => manager?.needless(name) === undefined);
  return [
    ...(rebuilt === undefined ? [] : [rebuilt]),
    // With DKMS, also headers have modules built and the initrd made anew. Firmware has that of some kernel made anew: which
    // one is update-initramfs's own choice.
    ...looked.flatMap(({ kernel }) =>
      typeof kernel === "object" ? [kernel.release] : kernels.map(({ release }) => release),
    ),
  ];
}
