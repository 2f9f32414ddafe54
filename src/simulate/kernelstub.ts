import { layoutOf } from "../platform/platforms.ts";
import { posix } from "node:path";
import { ENTRIES } from "../boot/bls/entries.ts";
import { loaderConf } from "../boot/bls/loader-default.ts";
import type { Stub } from "../boot/kernelstub/host.ts";
import { usable } from "../boot/kernelstub/host.ts";
import { COPY_NAMES, pinFolder, pinHooks } from "../boot/kernelstub/pin-files.ts";
import { currentId, oldId } from "../boot/kernelstub/probe.ts";
import { newestPair } from "../boot/kernelstub/newest-pair.ts";
import type { ForeseenState } from "./foreseen-state.ts";
import { doubtful, fileAt, withCopyOf } from "./foreseen-state.ts";
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
export function afterKernelstub(foreseen: ForeseenState, told?: string): ForeseenState {
  const stub = usable(foreseen.state);
  if ("problems" in stub)
    return doubtful(foreseen, stub.problems[0]?.summary ?? "what kernelstub would do is not known");
  const { kernels } = foreseen.state;
  if (!kernels.known) return doubtful(foreseen, kernels.why);
  const { newest, previous, crash } = newestPair(kernels.value);
  if (crash !== undefined) return foreseen;
  const pathOf = (part: "image" | "initrd", release: string | undefined): string | undefined =>
    release === undefined ? undefined : layoutOf(foreseen.state)[part](release);
  const kernel = pathOf("image", told ?? newest) ?? linked(foreseen, "vmlinuz", BOOT_FIRST);
  const initrd = pathOf("initrd", told ?? newest) ?? linked(foreseen, "initrd.img", BOOT_FIRST);
  // It says that it cannot find them, exits with 0 and leaves everything as it was.
  if (
    kernel === undefined ||
    initrd === undefined ||
    [kernel, initrd].some((path) => !isThere(foreseen, path))
  )
    return foreseen;
  const current = copied(foreseen, stub, currentId(stub.name), { kernel, initrd, suffix: "" });
  const conf = loaderConf(stub.esp.mountPoint);
  const { forceUpdate } = stub.configuration;
  const chosen =
    forceUpdate || !stub.default.file
      ? withText(current, conf, `default ${currentId(stub.name)}\n`)
      : current;
  const oldKernel = pathOf("image", previous) ?? linked(foreseen, "vmlinuz.old", ROOT_FIRST);
  const oldInitrd = pathOf("initrd", previous) ?? linked(foreseen, "initrd.img.old", ROOT_FIRST);
  if (oldKernel === undefined || oldInitrd === undefined) return chosen;
  if (oldKernel === kernel) return chosen;
  return copied(chosen, stub, oldId(stub.name), {
    kernel: oldKernel,
    initrd: oldInitrd,
    suffix: "-previous",
  });
}

const BOOT_FIRST = ["/boot", "/"];
const ROOT_FIRST = ["/", "/boot"];

/** Where there is no pair, kernelstub takes the links; a file of that name in their place is no fact. */
function linked({ state }: ForeseenState, name: string, folders: readonly string[]): string | undefined {
  const links = folders.map((folder) =>
    state.bootPaths.find(({ path }) => path === posix.join(folder, name)),
  );
  const link = links.find((one) => one?.kind === "symlink" && one.resolved !== undefined);
  return link?.kind === "symlink" ? link.resolved : undefined;
}

function isThere(foreseen: ForeseenState, path: string): boolean {
  const file = fileAt(foreseen, path);
  return !file.known || file.value !== undefined;
}

function copied(
  foreseen: ForeseenState,
  { esp, name, rootUuid, configuration, current }: Stub,
  id: string,
  { kernel, initrd, suffix }: { readonly kernel: string; readonly initrd: string; readonly suffix: string },
): ForeseenState {
  const folder = `/EFI/${name}-${rootUuid}`;
  const [image, ramdisk] = [`${folder}/vmlinuz${suffix}.efi`, `${folder}/initrd.img${suffix}`];
  const onEsp = (path: string): string => posix.join(esp.mountPoint, path);
  const copies = withCopyOf(withCopyOf(foreseen, kernel, onEsp(image)), initrd, onEsp(ramdisk));
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
export function afterKernelstubHooks(
  foreseen: ForeseenState,
  release: string,
  event: keyof typeof FOLDERS,
): ForeseenState {
  const folder = FOLDERS[event];
  const { kernelstub } = foreseen.state.bootLoader;
  if (kernelstub === undefined) return foreseen;
  const runs = kernelstub.hooks.some((hook) => hook.startsWith(`${folder}/`));
  return afterPinHook(runs ? afterKernelstub(foreseen) : foreseen, release, folder);
}

/** Where there are copies of this release, both become what /boot has, if both are whole there. */
function afterPinHook(foreseen: ForeseenState, release: string, folder: string): ForeseenState {
  const { esp, pins } = foreseen.state.bootLoader.kernelstub ?? {};
  if (esp?.known !== true || pins?.known !== true) return foreseen;
  const { mountPoint } = esp.value;
  const hooks = pinHooks(mountPoint).filter(
    ({ path }) => path.startsWith(`${folder}/`) || path.includes("postinst"),
  );
  const inPlace = hooks.every(({ path, content }) =>
    pins.value.texts.some((file) => file.path === path && file.text === content),
  );
  const copies = pinFolder(mountPoint, release);
  if (!inPlace || !pins.value.copies.some(({ path }) => posix.dirname(path) === copies)) return foreseen;
  const layout = layoutOf(foreseen.state);
  const pairs = [
    [layout.image(release), posix.join(copies, COPY_NAMES.image)],
    [layout.initrd(release), posix.join(copies, COPY_NAMES.initrd)],
  ] as const;
  const whole = pairs.every(([from]) => {
    const file = fileAt(foreseen, from);
    return file.known && (file.value?.size ?? 0) > 0;
  });
  return whole ? pairs.reduce((so_far, [from, to]) => withCopyOf(so_far, from, to), foreseen) : foreseen;
}
