import { imagePath, initrdPath } from "../platform/debian/layout.ts";
import { posix } from "node:path";
import { ENTRIES } from "../boot/bls/entries.ts";
import { loaderConf } from "../boot/bls/loader-default.ts";
import type { Stub } from "../boot/kernelstub/host.ts";
import { usable } from "../boot/kernelstub/host.ts";
import { COPY_NAMES, pinFolder, pinHooks } from "../boot/kernelstub/pin-files.ts";
import { currentId, oldId } from "../boot/kernelstub/probe.ts";
import { newestPair } from "../platform/debian/kernels.ts";
import type { World } from "./world.ts";
import { doubtful, fileAt, withCopyOf } from "./world.ts";
import { withText } from "./texts.ts";

/** The folders of hooks that the installation of a kernel, and the making of an initrd, run. */
const FOLDERS = {
  installed: "/etc/kernel/postinst.d",
  "initrd-made": "/etc/initramfs/post-update.d",
} as const;

/**
 * One run of kernelstub 3.1.4: the kernel that it is told to start, else the newest complete pair, over the current
 * copies; the second newest pair over the old ones, unless that is the same; both entries with the configured options;
 * a default where there was no loader.conf.
 *
 * @param told The release whose files it is given; a hook gives it none.
 */
export function afterKernelstub(world: World, told?: string): World {
  const stub = usable(world.state);
  if ("problems" in stub)
    return doubtful(world, stub.problems[0]?.summary ?? "what kernelstub would do is not known");
  const { kernels } = world.state;
  if (!kernels.known) return doubtful(world, kernels.why);
  const { newest, previous, crash } = newestPair(kernels.value);
  if (crash !== undefined) return world;
  const kernel = pathOf("image", told ?? newest) ?? linked(world, "vmlinuz", BOOT_FIRST);
  const initrd = pathOf("initrd", told ?? newest) ?? linked(world, "initrd.img", BOOT_FIRST);
  // It says that it cannot find them, exits with 0 and leaves everything as it was.
  if (kernel === undefined || initrd === undefined || [kernel, initrd].some((path) => !isThere(world, path)))
    return world;
  const current = copied(world, stub, currentId(stub.name), { kernel, initrd, suffix: "" });
  const conf = loaderConf(stub.esp.mountPoint);
  const { forceUpdate } = stub.configuration;
  const chosen =
    forceUpdate || !stub.default.file
      ? withText(current, conf, `default ${currentId(stub.name)}\n`)
      : current;
  const oldKernel = pathOf("image", previous) ?? linked(world, "vmlinuz.old", ROOT_FIRST);
  const oldInitrd = pathOf("initrd", previous) ?? linked(world, "initrd.img.old", ROOT_FIRST);
  if (oldKernel === undefined || oldInitrd === undefined) return chosen;
  if (oldKernel === kernel) return chosen;
  return copied(chosen, stub, oldId(stub.name), {
    kernel: oldKernel,
    initrd: oldInitrd,
    suffix: "-previous",
  });
}

function pathOf(part: "image" | "initrd", release: string | undefined): string | undefined {
  if (release === undefined) return undefined;
  return part === "image" ? imagePath(release) : initrdPath(release);
}

const BOOT_FIRST = ["/boot", "/"];
const ROOT_FIRST = ["/", "/boot"];

/** Where there is no pair, kernelstub takes the links; a file of that name in their place is no fact. */
function linked({ state }: World, name: string, folders: readonly string[]): string | undefined {
  const links = folders.map((folder) =>
    state.bootPaths.find(({ path }) => path === posix.join(folder, name)),
  );
  const link = links.find((one) => one?.kind === "symlink" && one.resolved !== undefined);
  return link?.kind === "symlink" ? link.resolved : undefined;
}

function isThere(world: World, path: string): boolean {
  const file = fileAt(world, path);
  return !file.known || file.value !== undefined;
}

function copied(
  world: World,
  { esp, name, rootUuid, configuration, current }: Stub,
  id: string,
  { kernel, initrd, suffix }: { readonly kernel: string; readonly initrd: string; readonly suffix: string },
): World {
  const folder = `/EFI/${name}-${rootUuid}`;
  const [image, ramdisk] = [`${folder}/vmlinuz${suffix}.efi`, `${folder}/initrd.img${suffix}`];
  const onEsp = (path: string): string => posix.join(esp.mountPoint, path);
  const copies = withCopyOf(withCopyOf(world, kernel, onEsp(image)), initrd, onEsp(ramdisk));
  const text = [
    `title ${current?.title ?? name}`,
    `linux ${image}`,
    `initrd ${ramdisk}`,
    `options root=UUID=${rootUuid} ro ${configuration.options.join(" ")}`,
    "",
  ].join("\n");
  return withText(copies, onEsp(`${ENTRIES}/${id}.conf`), text);
}

/** What the hooks of a folder do for a release: kernelstub's own comes before hostcfg's, which keeps a pin's copies. */
export function afterKernelstubHooks(world: World, release: string, event: keyof typeof FOLDERS): World {
  const folder = FOLDERS[event];
  const { kernelstub } = world.state.bootLoader;
  if (kernelstub === undefined) return world;
  const runs = kernelstub.hooks.some((hook) => hook.startsWith(`${folder}/`));
  return afterPinHook(runs ? afterKernelstub(world) : world, release, folder);
}

/** Where there are copies of this release, both become what /boot has, if both are whole there. */
function afterPinHook(world: World, release: string, folder: string): World {
  const { esp, pins } = world.state.bootLoader.kernelstub ?? {};
  if (esp?.known !== true || pins?.known !== true) return world;
  const { mountPoint } = esp.value;
  const hooks = pinHooks(mountPoint).filter(
    ({ path }) => path.startsWith(`${folder}/`) || path.includes("postinst"),
  );
  const inPlace = hooks.every(({ path, content }) =>
    pins.value.texts.some((file) => file.path === path && file.text === content),
  );
  const copies = pinFolder(mountPoint, release);
  if (!inPlace || !pins.value.copies.some(({ path }) => posix.dirname(path) === copies)) return world;
  const pairs = [
    [imagePath(release), posix.join(copies, COPY_NAMES.image)],
    [initrdPath(release), posix.join(copies, COPY_NAMES.initrd)],
  ] as const;
  const whole = pairs.every(([from]) => {
    const file = fileAt(world, from);
    return file.known && (file.value?.size ?? 0) > 0;
  });
  return whole ? pairs.reduce((so_far, [from, to]) => withCopyOf(so_far, from, to), world) : world;
}
