import type { KernelFact, KernelPart, PackageRef } from "../model/index.ts";
import { NEWEST_OF_ALL, layoutOf, releaseIn } from "../platform/platforms.ts";
import { afterUpdateGrub } from "./grub-menu.ts";
import { AFTER_MAKING, made } from "./initrd.ts";
import { afterHooks } from "./hooks.ts";
import type { ForeseenState } from "./foreseen-state.ts";
import { withFile, withKernel } from "./foreseen-state.ts";

/**
 * What an installation of packages leaves, with what their hooks do (/etc/kernel/postinst.d, in the order of run-parts):
 * the initrd first, then the loader's own.
 */
export function afterInstall(
  foreseen: ForeseenState,
  packages: readonly PackageRef[],
  placeholder: string,
): readonly ForeseenState[] {
  const sure = afterKnown(foreseen, packages, placeholder);
  const isSure = packages.every(({ kernel }) => kernel !== "unknown");
  return isSure ? sure : sure.flatMap((one) => [one, ...withNewer(one, placeholder)]);
}

/** A package whose kernel cannot be told may bring one that is newer than all that are there. */
function withNewer(foreseen: ForeseenState, placeholder: string): readonly ForeseenState[] {
  return unpack(foreseen, { release: NEWEST_OF_ALL }, placeholder).flatMap((one) =>
    configure(one, NEWEST_OF_ALL, placeholder),
  );
}

function afterKnown(
  foreseen: ForeseenState,
  packages: readonly PackageRef[],
  placeholder: string,
): readonly ForeseenState[] {
  const images = packages.flatMap(({ kernel }) =>
    typeof kernel === "object" && kernel.part === "image" ? [kernel] : [],
  );
  // On Ubuntu the modules of a kernel come in packages of their own, which run depmod(8).
  const withModules = packages
    .flatMap(({ kernel }) => releaseIn(kernel, "modules") ?? [])
    .reduce((so_far, release) => withKernel(so_far, release, (one) => ({ ...one, modules: true })), foreseen);
  if (images.length === 0) return afterOthers(withModules, placeholder);
  const unpacked = images.reduce<readonly ForeseenState[]>(
    (outcomes, kernel) => outcomes.flatMap((one) => unpack(one, kernel, placeholder)),
    [withModules],
  );
  return images.reduce(
    (outcomes, { release }) => outcomes.flatMap((one) => configure(one, release, placeholder)),
    unpacked,
  );
}

/** Where a kernel is called by a name, this release takes the place of the one that had it, whose files go first. */
function unpack(
  foreseen: ForeseenState,
  { release, name }: Pick<KernelPart, "release" | "name">,
  placeholder: string,
): readonly ForeseenState[] {
  const { kernels } = foreseen.state;
  const before =
    name === undefined || !kernels.known ? undefined : kernels.value.find((one) => one.name === name);
  // Debian's have a file /boot/config-RELEASE beside the image.
  const named = name === undefined ? { config: true } : { name, fallback: before?.fallback };
  const left = before === undefined ? foreseen : withoutKernel(foreseen, before);
  const whole = withKernel(left, release, (kernel) => ({ ...kernel, ...named, modules: true }));
  return made(whole, layoutOf(whole.state).image(release), placeholder);
}

function withoutKernel(foreseen: ForeseenState, { release, image, initrd }: KernelFact): ForeseenState {
  const left = [image, initrd].reduce(
    (so_far, file) => (file === undefined ? so_far : withFile(so_far, file.path, undefined)),
    foreseen,
  );
  return withKernel(left, release, () => ({ release, config: false, modules: false }));
}

function configure(foreseen: ForeseenState, release: string, placeholder: string): readonly ForeseenState[] {
  const { generator } = foreseen.state.initramfs;
  // Some generator that hostcfg does not drive may make it.
  if (!generator.known)
    return [foreseen, ...made(foreseen, layoutOf(foreseen.state).initrd(release), placeholder)].flatMap(
      (one) => afterHooks(one, release, "installed"),
    );
  return AFTER_MAKING[generator.value](foreseen, release, placeholder).flatMap((one) =>
    afterHooks(one, release, "installed"),
  );
}

/** A package without a kernel may have initrds made again by a trigger, and the menu by a script of its own. */
function afterOthers(foreseen: ForeseenState, placeholder: string): readonly ForeseenState[] {
  const { kernels, initramfs } = foreseen.state;
  const newest = kernels.known ? kernels.value.find(({ initrd }) => initrd !== undefined) : undefined;
  const rebuilt =
    newest === undefined || !initramfs.generator.known
      ? []
      : AFTER_MAKING[initramfs.generator.value](foreseen, newest.release, placeholder);
  const outcomes = [foreseen, ...rebuilt];
  return foreseen.state.bootLoader.grub === undefined
    ? outcomes
    : [...outcomes, ...outcomes.map(afterUpdateGrub)];
}
