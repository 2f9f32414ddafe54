import { imagePath, initrdPath } from "../platform/debian/layout.ts";
import { imageRelease, kernelOf, partOf } from "../platform/debian/kernel-of.ts";
import { afterUpdateGrub } from "./grub-menu.ts";
import { AFTER_MAKING, made } from "./initrd.ts";
import { afterHooks } from "./hooks.ts";
import type { World } from "./world.ts";
import { withKernel } from "./world.ts";

/**
 * What an installation of packages leaves, with what their hooks do (/etc/kernel/postinst.d, in the order of run-parts):
 * the initrd first, then the loader's own.
 */
export function afterInstall(world: World, names: readonly string[], mark: string): readonly World[] {
  const unsure = names.filter((name) => kernelOf(name) === "unknown");
  const sure = afterKnown(
    world,
    names.filter((name) => !unsure.includes(name)),
    mark,
  );
  return unsure.length === 0 ? sure : sure.flatMap((one) => [one, ...withNewer(one, mark)]);
}

/** A package whose kernel cannot be told may bring one that is newer than all that are there. */
function withNewer(world: World, mark: string): readonly World[] {
  const release = "9999-unknown";
  return unpack(world, release, mark).flatMap((one) => configure(one, release, mark));
}

function afterKnown(world: World, names: readonly string[], mark: string): readonly World[] {
  const releases = names.flatMap((name) => imageRelease(name) ?? []);
  const withModules = names
    .flatMap((name) => {
      // On Ubuntu the modules of a kernel come in packages of their own, which run depmod(8).
      const kernel = partOf(name);
      return kernel?.part === "modules" ? [kernel.release] : [];
    })
    .reduce((so_far, release) => withKernel(so_far, release, (one) => ({ ...one, modules: true })), world);
  if (releases.length === 0) return afterOthers(withModules, mark);
  const unpacked = releases.reduce<readonly World[]>(
    (worlds, release) => worlds.flatMap((one) => unpack(one, release, mark)),
    [withModules],
  );
  return releases.reduce(
    (worlds, release) => worlds.flatMap((one) => configure(one, release, mark)),
    unpacked,
  );
}

function unpack(world: World, release: string, mark: string): readonly World[] {
  const whole = withKernel(world, release, (kernel) => ({ ...kernel, config: true, modules: true }));
  return made(whole, imagePath(release), mark);
}

function configure(world: World, release: string, mark: string): readonly World[] {
  const { generator } = world.state.initramfs;
  // Some generator that hostcfg does not drive may make it.
  if (!generator.known)
    return [world, ...made(world, initrdPath(release), mark)].flatMap((one) =>
      afterHooks(one, release, "installed"),
    );
  return AFTER_MAKING[generator.value](world, release, mark).flatMap((one) =>
    afterHooks(one, release, "installed"),
  );
}

/** A package without a kernel may have initrds made anew by a trigger, and the menu by a script of its own. */
function afterOthers(world: World, mark: string): readonly World[] {
  const { kernels, initramfs } = world.state;
  const newest = kernels.known ? kernels.value.find(({ initrd }) => initrd !== undefined) : undefined;
  const rebuilt =
    newest === undefined || !initramfs.generator.known
      ? []
      : AFTER_MAKING[initramfs.generator.value](world, newest.release, mark);
  const worlds = [world, ...rebuilt];
  return world.state.bootLoader.grub === undefined ? worlds : [...worlds, ...worlds.map(afterUpdateGrub)];
}
