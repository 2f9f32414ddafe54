import { posix } from "node:path";
import { splitLine } from "../../cmdline.ts";
import type { BootFile, EspContent, EspLoader, KernelFact, ProxmoxFiles } from "../../model/index.ts";
import { ENTRIES } from "../bls/entries.ts";
import { loaderSetting, parseEntry } from "../bls/entry-text.ts";
import type { Host } from "./host.ts";
import { LOADER_CONF, inMenu } from "./host.ts";
import { isSamePath } from "./read-esps.ts";

const FOLDER = "/EFI/proxmox";

/** Where the tool puts a kernel, from the root of each ESP. */
export function pathsOf(release: string): Readonly<Record<"entry" | "image" | "initrd", string>> {
  const folder = `${FOLDER}/${release}`;
  return {
    entry: `/${ENTRIES}/proxmox-${release}.conf`,
    image: `${folder}/vmlinuz-${release}`,
    initrd: `${folder}/initrd.img-${release}`,
  };
}

/** The same where GRUB starts the ESP: in its root. */
export function filesOn(loader: EspLoader, release: string): Readonly<Record<"image" | "initrd", string>> {
  return loader === "grub"
    ? { image: `/vmlinuz-${release}`, initrd: `/initrd.img-${release}` }
    : pathsOf(release);
}

/** What the tool takes for the pin: the one for one boot, if that file is there. */
export function pinned({ pin, nextBootPin }: ProxmoxFiles): string | undefined {
  const named = nextBootPin ?? pin;
  return named === "" ? undefined : named;
}

/** What the tool writes as the default into the loader.conf of each ESP. */
export function defaultOf(files: ProxmoxFiles): string {
  const named = pinned(files);
  return named === undefined ? "proxmox-*" : `proxmox-${named}.conf`;
}

/**
 * As sed does it there: each line that begins with `default` and a blank, else a new one behind the last, which an empty file
 * has not got.
 */
export function withToolsDefault(text: string, pattern: string): string {
  const line = `default ${pattern}`;
  // A carriage return at the end of the line goes as well.
  if (/^default /m.test(text)) return text.replaceAll(/^default [^\n]*/gm, () => line);
  if (text === "") return text;
  return text.endsWith("\n") ? `${text}${line}\n` : `${text}\n${line}\n`;
}

/**
 * An ESP after a refresh that ended well.
 *
 * @param kept What the tool keeps, files of it in /boot or not.
 * @param kernels Those of /boot.
 */
export function refreshed(
  content: EspContent,
  { files: settings, line }: Host,
  kept: readonly string[],
  kernels: readonly KernelFact[],
): EspContent {
  const copied = inMenu(kernels).filter(({ release }) => kept.includes(release));
  const written = new Map<string, string>(
    copied.map(({ release }) => [pathsOf(release).entry, entryText(release, line)]),
  );
  const conf = content.texts.find(({ path }) => isSamePath(path, LOADER_CONF));
  written.set(conf?.path ?? LOADER_CONF, withToolsDefault(conf?.text ?? "", defaultOf(settings)));
  const copies = copied.flatMap(({ release, image, initrd }) => [
    ...copyOf(image, pathsOf(release).image),
    ...copyOf(initrd, pathsOf(release).initrd),
  ]);
  const removed = removedFolders(content, kept);
  const stays = (path: string): boolean =>
    !removed.some(
      (folder) =>
        isSamePath(path, pathsOf(folder).entry) ||
        path.toLowerCase().startsWith(`${FOLDER}/${folder}/`.toLowerCase()),
    );
  const isNew = (path: string): boolean =>
    [...written.keys(), ...copies.map((copy) => copy.path)].some((one) => isSamePath(one, path));
  const left = <T extends { readonly path: string }>(all: readonly T[]): T[] =>
    all.filter(({ path }) => !isNew(path) && stays(path));
  return {
    ...content,
    texts: [...left(content.texts), ...[...written].map(([path, text]) => ({ path, text }))].sort(byPath),
    files: [...left(content.files), ...copies].sort(byPath),
  };
}

export function copyOf(file: BootFile | undefined, path: string): BootFile[] {
  return file === undefined ? [] : [{ ...file, path }];
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

/** The folders of kernels that are not kept: of each, the entry of its name goes as well, and no other entry does. */
function removedFolders({ files }: EspContent, kept: readonly string[]): string[] {
  const folders = files.flatMap(({ path }) => /^\/efi\/proxmox\/([^/]+)\//i.exec(path)?.[1] ?? []);
  // By grep: a part of a kept name is kept, and here the case counts.
  return [...new Set(folders)].filter((folder) => !kept.some((one) => one.includes(folder)));
}

export function entryText(release: string, line: string): string {
  const { image, initrd } = pathsOf(release);
  return [
    "title    Proxmox Virtual Environment",
    `version  ${release}`,
    `options  ${line}`,
    `linux    ${image}`,
    `initrd   ${initrd}`,
    "",
  ].join("\n");
}

/**
 * How an ESP differs from what a refresh would leave there, as far as it matters to what boots; undefined where it does
 * not. Kernels that are too many are no difference, and of those that are too few only what boots next.
 */
export function staleness(
  content: EspContent,
  host: Host,
  kept: readonly string[],
  kernels: readonly KernelFact[],
): string | undefined {
  const fresh = refreshed(content, host, kept, kernels);
  const [was, is] = [content, fresh].map(({ texts }) => {
    const conf = texts.find(({ path }) => isSamePath(path, LOADER_CONF));
    return loaderSetting(conf?.text ?? "", "default");
  });
  if (was !== is) return `its default is ${was ?? "not set"} instead of ${is ?? "none"}`;
  const [newest] = inMenu(kernels).filter(({ release }) => kept.includes(release));
  const named = pinned(host.files) ?? newest?.release;
  for (const { path, text } of fresh.texts) {
    const release = /^\/loader\/entries\/proxmox-(.+)\.conf$/i.exec(path)?.[1];
    const before = content.texts.find((one) => isSamePath(one.path, path));
    if (release === undefined || !kernels.some((one) => one.release === release)) continue;
    if (before === undefined && release !== named) continue;
    if (before === undefined) return `it has no entry of ${release}`;
    if (essence(before.text) !== essence(text)) return `its entry of ${release} has other options`;
    const differing = [pathsOf(release).image, pathsOf(release).initrd].find(
      (file) => !isSame(fileAt(content, file), fileAt(fresh, file)),
    );
    if (differing !== undefined)
      return `${posix.basename(differing)} on it is not that of /boot: older, or half copied`;
  }
  return undefined;
}

function essence(text: string): string {
  const { options, linux = "", initrds } = parseEntry(text);
  return JSON.stringify([splitLine(options), linux.toLowerCase(), initrds.join().toLowerCase()]);
}

export function fileAt({ files }: EspContent, path: string): BootFile | undefined {
  return files.find((file) => isSamePath(file.path, path));
}

/** Whether two files are known to have the same bytes. */
export function isSame(a: BootFile | undefined, b: BootFile | undefined): boolean {
  const digestOf = (file: BootFile | undefined): string | undefined =>
    file?.sha256?.known === true ? file.sha256.value : undefined;
  return a?.size === b?.size && digestOf(a) !== undefined && digestOf(a) === digestOf(b);
}
