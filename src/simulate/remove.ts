import { imagePath, initrdPath } from "../platform/debian/layout.ts";
import { posix } from "node:path";
import { COPY_NAMES, pinFolder, pinHooks, pinId } from "../boot/kernelstub/pin-files.ts";
import { imageRelease } from "../platform/debian/kernel-of.ts";
import type { BootLoaderName, LoaderEntry } from "../model/index.ts";
import { afterUpdateGrub } from "./grub-menu.ts";
import { afterProxmoxHooks } from "./proxmox.ts";
import { withText } from "./texts.ts";
import type { World } from "./world.ts";
import { withFile, withKernel } from "./world.ts";

/**
 * What a removal of packages leaves. Whether the initrd and the modules' folder go with a kernel's image depends on hooks
 * and on what depmod(8) wrote there, so one world has all of it gone, and one the image alone. Of GRUB's two hooks only the
 * one that runs after installations is a fact, so the menu may be made anew or not.
 */
export function afterRemoval(world: World, names: readonly string[]): readonly World[] {
  const releases = names.flatMap((name) => imageRelease(name) ?? []);
  if (releases.some((release) => isGuarded(world, release))) return [world];
  return releases.reduce<readonly World[]>(
    (worlds, release) => worlds.flatMap((one) => without(one, release)),
    [world],
  );
}

/** What the hooks of each loader leave once a release is gone. */
const HOOKS: Readonly<Record<BootLoaderName, (world: World, release: string) => readonly World[]>> = {
  kernelstub: (world, release) => [hasPinHook(world, release) ? unpinned(world, release) : world],
  proxmox: (world) => [afterProxmoxHooks(world)],
  "systemd-boot": mayRemoveEntry,
  grub: (world) => (world.state.bootLoader.grub?.hook === true ? [world, afterUpdateGrub(world)] : [world]),
};

/** hostcfg's hook refuses the kernel that is pinned and boots next, so that dpkg fails before it removes anything. */
function isGuarded(world: World, release: string): boolean {
  const { loaderDefault } = world.state.bootLoader.kernelstub ?? {};
  const id = pinId(release);
  return (
    hasPinHook(world, release) &&
    loaderDefault?.known === true &&
    [id, `${id}*`, `${id}.conf`].includes(loaderDefault.value.configured ?? "")
  );
}

function hasPinHook({ state }: World, release: string): boolean {
  const { esp, pins, entries } = state.bootLoader.kernelstub ?? {};
  if (esp?.known !== true || pins?.known !== true || entries?.known !== true) return false;
  const hook = pinHooks(esp.value.mountPoint).find(({ path }) => path.includes("/prerm.d/"));
  return (
    entries.value.some(({ id }) => id === pinId(release)) &&
    pins.value.texts.some(({ path, text }) => path === hook?.path && text === hook.content)
  );
}

function without(world: World, release: string): readonly World[] {
  const image = withFile(world, imagePath(release), undefined);
  const all = withKernel(withFile(image, initrdPath(release), undefined), release, (kernel) => ({
    ...kernel,
    config: false,
    modules: false,
  }));
  return Object.values(HOOKS).reduce<readonly World[]>(
    (worlds, hooks) => worlds.flatMap((one) => hooks(one, release)),
    [image, all],
  );
}

/** The same hook clears away a pin that no longer boots next. */
function unpinned(world: World, release: string): World {
  const { entries, esp } = world.state.bootLoader.kernelstub ?? {};
  const entry = entries?.known === true ? entries.value.find(({ id }) => id === pinId(release)) : undefined;
  if (entry === undefined || esp?.known !== true) return world;
  const folder = pinFolder(esp.value.mountPoint, release);
  return Object.values(COPY_NAMES).reduce(
    (so_far, name) => withFile(so_far, posix.join(folder, name), undefined),
    withText(world, entry.path, undefined),
  );
}

/** kernel-install takes its own entry and copies away, where its hook is there, which no fact tells. */
function mayRemoveEntry(world: World, release: string): readonly World[] {
  const { systemdBoot } = world.state.bootLoader;
  if (systemdBoot?.entries.known !== true || !systemdBoot.token.known) return [world];
  const { value: token } = systemdBoot.token;
  const its = ({ id }: LoaderEntry): boolean => id === `${token}-${release}`;
  const gone = systemdBoot.entries.value.filter(its).reduce((so_far, { path, image, initrd }) => {
    const files = [image, initrd].flatMap((file) => (file === undefined ? [] : [file.path]));
    const copies = files.filter((file) => file.includes(`/${token}/${release}/`));
    return copies.reduce((left, file) => withFile(left, file, undefined), withText(so_far, path, undefined));
  }, world);
  return [world, gone];
}
