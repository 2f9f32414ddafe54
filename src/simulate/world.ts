import { kernelFileAt } from "../platform/debian/layout.ts";
import { posix } from "node:path";
import { wayBackCopies } from "../boot/bls/way-back-entry.ts";
import { loaderEntries } from "../boot/bls/running-entry.ts";
import { filesNamedBy } from "../boot/bls/entries.ts";
import { COPY_NAMES, pinFolder } from "../boot/kernelstub/pin-files.ts";
import { known, unknown } from "../facts/fact.ts";
import { newestFirst } from "../platform/debian/kernels.ts";
import type {
  BootFile,
  BootLoaderFacts,
  Fact,
  HostState,
  KernelFact,
  LoaderEntry,
  PinFiles,
  TextFile,
} from "../model/index.ts";

/**
 * A host as it may be after some steps: the facts that a probe would find, as far as they say what boots, and what the
 * facts do not keep of the files that they were read from.
 *
 * The bytes of a file that a step or a program makes are not known before; its digest is then a mark of its own, which
 * only its copies share. Where a file may come out with the bytes that it had, there are two worlds instead.
 */
export interface World {
  readonly state: HostState;
  /** What stands at the paths of kernels, initrds and their copies; undefined where nothing does any more. */
  readonly files: ReadonlyMap<string, BootFile | undefined>;
  /** What each entry names, by the path of the entry, whether it is there or not. */
  readonly named: ReadonlyMap<string, { readonly image?: string; readonly initrd?: string }>;
}

export function worldOf(state: HostState): World {
  const { kernelstub, systemdBoot } = state.bootLoader;
  const pins = kernelstub?.pins.known === true ? kernelstub.pins.value : undefined;
  const kernels = state.kernels.known ? state.kernels.value : [];
  const entries = loaderEntries(state);
  const whole = [...kernels, ...entries].flatMap(({ image, initrd }) => [image, initrd]);
  const files = new Map<string, BootFile | undefined>();
  for (const copy of [...(pins?.copies ?? []), ...(systemdBoot?.copies ?? [])])
    files.set(copy.path, sized(copy, whole));
  for (const file of whole) if (file !== undefined) files.set(file.path, file);
  const texts: readonly TextFile[] = [
    ...(pins?.texts ?? []),
    ...(systemdBoot?.files.known === true ? systemdBoot.files.value : []),
  ];
  const named = new Map(
    entries.map(({ path, image, initrd }) => {
      const text = texts.find((file) => file.path === path)?.text;
      const seen = {
        ...(image === undefined ? {} : { image: image.path }),
        ...(initrd === undefined ? {} : { initrd: initrd.path }),
      };
      return [path, text === undefined ? seen : filesNamedBy(text, partitionOf(path))];
    }),
  );
  return { state, files, named };
}

/** The digest of no bytes at all. */
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** A pin's copy has a digest only: its size is that of what has the same bytes; else any that is not 0. */
function sized(
  { path, sha256 }: PinFiles["copies"][number],
  files: readonly (BootFile | undefined)[],
): BootFile {
  const twin = files.find((file) => file?.sha256?.known === true && file.sha256.value === sha256);
  return { path, size: twin?.size ?? (sha256 === EMPTY ? 0 : 1), sha256: known(sha256) };
}

/** The mount point of the partition that an entry is on. */
export function partitionOf(entryPath: string): string {
  return posix.join(entryPath, "../../..");
}

/** What stands at a path that may hold a kernel, an initrd or a copy; unknown where the facts do not tell. */
export function fileAt({ files, state }: World, path: string): Fact<BootFile | undefined> {
  if (files.has(path)) return known(files.get(path));
  const listed = kernelFileAt(path) !== undefined ? state.kernels.known : isCopy(state, path);
  return listed ? known(undefined) : unknown(`whether ${path} is there cannot be told from the facts`);
}

/** The folder of hostcfg's own copies is always listed as a whole. */
function isCopy({ bootLoader }: HostState, path: string): boolean {
  const { kernelstub, systemdBoot } = bootLoader;
  if (systemdBoot !== undefined && wayBackCopies(systemdBoot.boot.mountPoint).includes(path)) return true;
  const { esp, pins } = kernelstub ?? {};
  if (esp?.known !== true || pins?.known !== true) return false;
  const names: readonly string[] = Object.values(COPY_NAMES);
  const folder = posix.dirname(posix.dirname(path));
  return (
    folder === pinFolder(esp.value.mountPoint, "").replace(/\/$/, "") && names.includes(posix.basename(path))
  );
}

/** Whether something boots by what stands at this path, so that its bytes matter and not its text. */
export function bootsBy(world: World, path: string): boolean {
  return (
    world.files.has(path) ||
    kernelFileAt(path) !== undefined ||
    isCopy(world.state, path) ||
    [...world.named.values()].some(({ image, initrd }) => path === image || path === initrd)
  );
}

/** With this file in the place of what stood at its path, or with nothing there. */
export function withFile(world: World, path: string, file: Omit<BootFile, "path"> | undefined): World {
  const placed = file === undefined ? undefined : { ...file, path };
  const files = new Map(world.files).set(path, placed);
  const relinked = withEntries({ ...world, files }, (entries) => {
    const changed = entries.map((entry) => relink(entry, world.named.get(entry.path) ?? {}, path, placed));
    return known(changed);
  });
  return withCopy(withKernelFile(relinked, path, placed), path, placed);
}

function relink(
  entry: LoaderEntry,
  { image, initrd }: { readonly image?: string; readonly initrd?: string },
  path: string,
  file: BootFile | undefined,
): LoaderEntry {
  const { image: itsImage, initrd: itsInitrd, ...rest } = entry;
  const [newImage, newInitrd] = [image === path ? file : itsImage, initrd === path ? file : itsInitrd];
  return {
    ...rest,
    ...(newImage === undefined ? {} : { image: newImage }),
    ...(newInitrd === undefined ? {} : { initrd: newInitrd }),
  };
}

function withKernelFile(world: World, path: string, file: BootFile | undefined): World {
  const of = kernelFileAt(path);
  if (of === undefined) return world;
  const { part, release } = of;
  return withKernel(world, release, (kernel) => {
    const { [part]: _before, ...rest } = kernel;
    return file === undefined ? rest : { ...rest, [part]: file };
  });
}

/** With this kernel changed, or added in its place; one of which nothing is left goes. */
export function withKernel(world: World, release: string, change: (kernel: KernelFact) => KernelFact): World {
  const { kernels } = world.state;
  if (!kernels.known) return world;
  const before = kernels.value.find((one) => one.release === release) ?? {
    release,
    config: false,
    modules: false,
  };
  const after = change(before);
  const isThere = after.image !== undefined || after.initrd !== undefined || after.modules || after.config;
  const others = kernels.value.filter((one) => one.release !== release);
  const value = [...others, ...(isThere ? [after] : [])].sort((a, b) => newestFirst(a.release, b.release));
  return { ...world, state: { ...world.state, kernels: known(value) } };
}

function withCopy(world: World, path: string, file: BootFile | undefined): World {
  if (!isCopy(world.state, path)) return world;
  return withPins(world, ({ texts, copies }) => {
    const others = copies.filter((copy) => copy.path !== path);
    const before = copies.find((copy) => copy.path === path) ?? { mode: 0o644, uid: 0, gid: 0 };
    const sha256 = file?.sha256?.known === true ? file.sha256.value : `~bytes of ${path}`;
    return { texts, copies: file === undefined ? others : [...others, { ...before, path, sha256 }] };
  });
}

/** A copy has the bytes of what it was made from, whatever these are. */
export function withCopyOf(world: World, from: string, to: string, size = 1): World {
  const source = fileAt(world, from);
  // Nothing can be copied from what is not there: the step fails, and everything stays.
  if (source.known && source.value === undefined) return world;
  const seen = source.known ? source.value : undefined;
  const sha256 = seen?.sha256 ?? known(`~bytes of ${from}`);
  const marked =
    seen === undefined || seen.sha256 !== undefined ? world : withFile(world, from, { ...seen, sha256 });
  return withFile(marked, to, { size: seen?.size ?? size, sha256 });
}

// --- Facts ---------------------------------------------------------------------------------------------------

export function withLoader(world: World, changed: Partial<BootLoaderFacts>): World {
  const { state } = world;
  return { ...world, state: { ...state, bootLoader: { ...state.bootLoader, ...changed } } };
}

export function withPins(world: World, change: (pins: PinFiles) => PinFiles): World {
  const { kernelstub } = world.state.bootLoader;
  if (kernelstub?.pins.known !== true) return world;
  return withLoader(world, { kernelstub: { ...kernelstub, pins: known(change(kernelstub.pins.value)) } });
}

/** With the entries of all loaders changed. */
export function withEntries(
  world: World,
  change: (entries: readonly LoaderEntry[]) => Fact<readonly LoaderEntry[]>,
): World {
  const { kernelstub, systemdBoot } = world.state.bootLoader;
  const changed = <F extends { readonly entries: Fact<readonly LoaderEntry[]> }>(facts: F): F =>
    facts.entries.known ? { ...facts, entries: change(facts.entries.value) } : facts;
  return withLoader(world, {
    ...(kernelstub === undefined ? {} : { kernelstub: changed(kernelstub) }),
    ...(systemdBoot === undefined ? {} : { systemdBoot: changed(systemdBoot) }),
  });
}

/** Nothing can be told any more of what boots. */
export function doubtful(world: World, why: string): World {
  const { grub, proxmox } = world.state.bootLoader;
  const doubt = unknown(why);
  const loaders = withLoader(
    withEntries(world, () => doubt),
    {
      ...(grub === undefined ? {} : { grub: { ...grub, menu: doubt } }),
      ...(proxmox === undefined ? {} : { proxmox: { ...proxmox, files: doubt } }),
    },
  );
  return { ...loaders, state: { ...loaders.state, kernels: doubt } };
}

/** The text files with this one written, or taken away. */
export function withTextFile(
  files: readonly TextFile[],
  path: string,
  text: string | undefined,
): readonly TextFile[] {
  const before = files.find((file) => file.path === path) ?? { mode: 0o644, uid: 0, gid: 0 };
  const others = files.filter((file) => file.path !== path);
  return text === undefined ? others : [...others, { ...before, path, text }];
}
