import { layoutOf } from "../platform/platforms.ts";
import { posix } from "node:path";
import { wayBackCopies } from "../boot/bls/way-back-entry.ts";
import { loaderEntries } from "../boot/bls/running-entry.ts";
import { filesNamedBy } from "../boot/bls/entries.ts";
import { COPY_NAMES, pinFolder } from "../boot/kernelstub/pin-files.ts";
import { known, unknown } from "../facts/fact.ts";
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

/** What runs hooks for a release: its package was installed, or its initrd was rebuilt. */
export type HookEvent = "installed" | "initrd-made";

/**
 * A host as it may be after some steps: the facts that a probe would find, as far as they say what boots, and what the
 * facts do not keep of the files that they were read from.
 *
 * The digest of a file that does not exist yet is a placeholder; a copy of that file gets the same placeholder. Where a
 * file may come out with the bytes that it had, there are two outcomes instead.
 */
export interface ForeseenState {
  readonly state: HostState;
  /** What stands at the paths of kernels, initrds and their copies; undefined where nothing does any more. */
  readonly files: ReadonlyMap<string, BootFile | undefined>;
  /** What each entry names, by the path of the entry, whether it is there or not. */
  readonly named: ReadonlyMap<string, { readonly image?: string; readonly initrd?: string }>;
}

export function foreseenFrom(state: HostState): ForeseenState {
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
  // What an entry names, and has not got, was looked for.
  for (const { path, image, initrd } of entries) {
    const its = named.get(path) ?? {};
    if (image === undefined && its.image !== undefined) files.set(its.image, files.get(its.image));
    if (initrd === undefined && its.initrd !== undefined) files.set(its.initrd, files.get(its.initrd));
  }
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
export function fileAt({ files, state }: ForeseenState, path: string): Fact<BootFile | undefined> {
  if (files.has(path)) return known(files.get(path));
  const listed = layoutOf(state).fileAt(path) !== undefined ? state.kernels.known : isCopy(state, path);
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
export function bootsBy(foreseen: ForeseenState, path: string): boolean {
  return (
    foreseen.files.has(path) ||
    layoutOf(foreseen.state).fileAt(path) !== undefined ||
    isCopy(foreseen.state, path) ||
    [...foreseen.named.values()].some(({ image, initrd }) => path === image || path === initrd)
  );
}

/** With this file in the place of what stood at its path, or with nothing there. */
export function withFile(
  foreseen: ForeseenState,
  path: string,
  file: Omit<BootFile, "path"> | undefined,
): ForeseenState {
  const placed = file === undefined ? undefined : { ...file, path };
  const files = new Map(foreseen.files).set(path, placed);
  const relinked = withEntries({ ...foreseen, files }, (entries) => {
    const changed = entries.map((entry) => relink(entry, foreseen.named.get(entry.path) ?? {}, path, placed));
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
  return {
    ...entry,
    image: image === path ? file : entry.image,
    initrd: initrd === path ? file : entry.initrd,
  };
}

function withKernelFile(foreseen: ForeseenState, path: string, file: BootFile | undefined): ForeseenState {
  const of = layoutOf(foreseen.state).fileAt(path);
  if (of === undefined) return foreseen;
  const { part, release } = of;
  return withKernel(foreseen, release, (kernel) => ({ ...kernel, [part]: file }));
}

/** With this kernel changed, or added in its place; one of which nothing is left goes. */
export function withKernel(
  foreseen: ForeseenState,
  release: string,
  change: (kernel: KernelFact) => KernelFact,
): ForeseenState {
  const { kernels } = foreseen.state;
  if (!kernels.known) return foreseen;
  const before = kernels.value.find((one) => one.release === release) ?? {
    release,
    config: false,
    modules: false,
  };
  const after = change(before);
  const isThere = after.image !== undefined || after.initrd !== undefined || after.modules || after.config;
  const others = kernels.value.filter((one) => one.release !== release);
  const layout = layoutOf(foreseen.state);
  const value = [...others, ...(isThere ? [after] : [])].sort((a, b) =>
    layout.newestFirst(a.release, b.release),
  );
  return { ...foreseen, state: { ...foreseen.state, kernels: known(value) } };
}

function withCopy(foreseen: ForeseenState, path: string, file: BootFile | undefined): ForeseenState {
  if (!isCopy(foreseen.state, path)) return foreseen;
  return withPins(foreseen, ({ texts, copies }) => {
    const others = copies.filter((copy) => copy.path !== path);
    const before = copies.find((copy) => copy.path === path) ?? { mode: 0o644, uid: 0, gid: 0 };
    const sha256 = file?.sha256?.known === true ? file.sha256.value : `~bytes of ${path}`;
    return { texts, copies: file === undefined ? others : [...others, { ...before, path, sha256 }] };
  });
}

/** A copy has the bytes of what it was made from, whatever these are. */
export function withCopyOf(foreseen: ForeseenState, from: string, to: string, size = 1): ForeseenState {
  const source = fileAt(foreseen, from);
  // Nothing can be copied from what is not there: the step fails, and everything stays.
  if (source.known && source.value === undefined) return foreseen;
  const seen = source.known ? source.value : undefined;
  const sha256 = seen?.sha256 ?? known(`~bytes of ${from}`);
  const withPlaceholder =
    seen === undefined || seen.sha256 !== undefined
      ? foreseen
      : withFile(foreseen, from, { ...seen, sha256 });
  return withFile(withPlaceholder, to, { size: seen?.size ?? size, sha256 });
}

// --- Facts ---------------------------------------------------------------------------------------------------

export function withLoader(foreseen: ForeseenState, changed: Partial<BootLoaderFacts>): ForeseenState {
  const { state } = foreseen;
  return { ...foreseen, state: { ...state, bootLoader: { ...state.bootLoader, ...changed } } };
}

export function withPins(foreseen: ForeseenState, change: (pins: PinFiles) => PinFiles): ForeseenState {
  const { kernelstub } = foreseen.state.bootLoader;
  if (kernelstub?.pins.known !== true) return foreseen;
  return withLoader(foreseen, { kernelstub: { ...kernelstub, pins: known(change(kernelstub.pins.value)) } });
}

/** With the entries of all loaders changed. */
export function withEntries(
  foreseen: ForeseenState,
  change: (entries: readonly LoaderEntry[]) => Fact<readonly LoaderEntry[]>,
): ForeseenState {
  const { kernelstub, systemdBoot } = foreseen.state.bootLoader;
  const changed = <F extends { readonly entries: Fact<readonly LoaderEntry[]> }>(facts: F): F =>
    facts.entries.known ? { ...facts, entries: change(facts.entries.value) } : facts;
  return withLoader(foreseen, {
    ...(kernelstub === undefined ? {} : { kernelstub: changed(kernelstub) }),
    ...(systemdBoot === undefined ? {} : { systemdBoot: changed(systemdBoot) }),
  });
}

/** Nothing can be told any more of what boots. */
export function doubtful(foreseen: ForeseenState, why: string): ForeseenState {
  const { grub, proxmox } = foreseen.state.bootLoader;
  const doubt = unknown(why);
  const loaders = withLoader(
    withEntries(foreseen, () => doubt),
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
