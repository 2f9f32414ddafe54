import { layoutOf, releaseIn } from "../platform/platforms.ts";
import { posix } from "node:path";
import { COPY_NAMES, pinFolder, pinHooks, pinId } from "../boot/kernelstub/pin-files.ts";
import type { BootLoaderName, LoaderEntry, PackageRef } from "../model/index.ts";
import { afterUpdateGrub } from "./grub-menu.ts";
import { afterProxmoxHooks } from "./proxmox.ts";
import { withText } from "./texts.ts";
import type { ForeseenState } from "./foreseen-state.ts";
import { withFile, withKernel } from "./foreseen-state.ts";

/**
 * What a removal of packages leaves. Whether the initrd and the modules' folder go with a kernel's image depends on hooks
 * and on what depmod(8) wrote there, so one outcome has all of it gone, and one the image alone. Of GRUB's two hooks only
 * the one that runs after installations is a fact, so the menu may be made again or not.
 */
export function afterRemoval(
  foreseen: ForeseenState,
  packages: readonly PackageRef[],
): readonly ForeseenState[] {
  const releases = packages.flatMap(({ kernel }) => releaseIn(kernel) ?? []);
  if (releases.some((release) => isGuarded(foreseen, release))) return [foreseen];
  return releases.reduce<readonly ForeseenState[]>(
    (outcomes, release) => outcomes.flatMap((one) => without(one, release)),
    [foreseen],
  );
}

/** What the hooks of each loader leave once a release is gone. */
const HOOKS: Readonly<
  Record<BootLoaderName, (foreseen: ForeseenState, release: string) => readonly ForeseenState[]>
> = {
  kernelstub: (foreseen, release) => [hasPinHook(foreseen, release) ? unpinned(foreseen, release) : foreseen],
  proxmox: (foreseen, release) => afterProxmoxHooks(foreseen, release, "removed"),
  "systemd-boot": mayRemoveEntry,
  grub: (foreseen) =>
    foreseen.state.bootLoader.grub?.hook === true ? [foreseen, afterUpdateGrub(foreseen)] : [foreseen],
};

/** hostcfg's hook refuses the kernel that is pinned and boots next, so that dpkg fails before it removes anything. */
function isGuarded(foreseen: ForeseenState, release: string): boolean {
  const { loaderDefault } = foreseen.state.bootLoader.kernelstub ?? {};
  const id = pinId(release);
  return (
    hasPinHook(foreseen, release) &&
    loaderDefault?.known === true &&
    [id, `${id}*`, `${id}.conf`].includes(loaderDefault.value.configured ?? "")
  );
}

function hasPinHook({ state }: ForeseenState, release: string): boolean {
  const { esp, pins, entries } = state.bootLoader.kernelstub ?? {};
  if (esp?.known !== true || pins?.known !== true || entries?.known !== true) return false;
  const hook = pinHooks(esp.value.mountPoint).find(({ path }) => path.includes("/prerm.d/"));
  return (
    entries.value.some(({ id }) => id === pinId(release)) &&
    pins.value.texts.some(({ path, text }) => path === hook?.path && text === hook.content)
  );
}

function without(foreseen: ForeseenState, release: string): readonly ForeseenState[] {
  const layout = layoutOf(foreseen.state);
  const image = withFile(foreseen, layout.image(release), undefined);
  const all = withKernel(withFile(image, layout.initrd(release), undefined), release, (kernel) => ({
    ...kernel,
    config: false,
    modules: false,
  }));
  return Object.values(HOOKS).reduce<readonly ForeseenState[]>(
    (outcomes, hooks) => outcomes.flatMap((one) => hooks(one, release)),
    [image, all],
  );
}

/** The same hook clears away a pin that no longer boots next. */
function unpinned(foreseen: ForeseenState, release: string): ForeseenState {
  const { entries, esp } = foreseen.state.bootLoader.kernelstub ?? {};
  const entry = entries?.known === true ? entries.value.find(({ id }) => id === pinId(release)) : undefined;
  if (entry === undefined || esp?.known !== true) return foreseen;
  const folder = pinFolder(esp.value.mountPoint, release);
  return Object.values(COPY_NAMES).reduce(
    (so_far, name) => withFile(so_far, posix.join(folder, name), undefined),
    withText(foreseen, entry.path, undefined),
  );
}

/** kernel-install takes its own entry and copies away, where its hook is there, which no fact tells. */
function mayRemoveEntry(foreseen: ForeseenState, release: string): readonly ForeseenState[] {
  const { systemdBoot } = foreseen.state.bootLoader;
  if (systemdBoot?.entries.known !== true || !systemdBoot.token.known) return [foreseen];
  const { value: token } = systemdBoot.token;
  const its = ({ id }: LoaderEntry): boolean => id === `${token}-${release}`;
  const gone = systemdBoot.entries.value.filter(its).reduce((so_far, { path, image, initrd }) => {
    const files = [image, initrd].flatMap((file) => (file === undefined ? [] : [file.path]));
    const copies = files.filter((file) => file.includes(`/${token}/${release}/`));
    return copies.reduce((left, file) => withFile(left, file, undefined), withText(so_far, path, undefined));
  }, foreseen);
  return [foreseen, gone];
}
