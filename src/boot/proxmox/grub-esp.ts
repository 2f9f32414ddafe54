import { posix } from "node:path";
import { splitLine } from "../../cmdline.ts";
import { known, unknown } from "../../facts/fact.ts";
import type {
  BootFile,
  EspContent,
  Fact,
  GrubFacts,
  GrubMenu,
  GrubMenuEntry,
  HostState,
  KernelFact,
  ProxmoxFiles,
} from "../../model/index.ts";
import { entriesOf, nameIn } from "../grub/default-entry.ts";
import { menu as menuOfGrub } from "../grub/menu.ts";
import { menuMade } from "../grub/menu-after.ts";
import { MENU, PROXMOX_PIN } from "../grub/probe.ts";
import { withFiles } from "../grub/settings.ts";
import type { Menu, MenuEntry } from "../menu.ts";
import { WAY_BACK_ID } from "../way-back.ts";
import type { ReadyEsp } from "./host.ts";
import { inMenu } from "./host.ts";
import { ASIDE } from "./aside.ts";
import { releaseInTitle, startsAsideByGrub, withoutAsideDefault } from "./grub-aside.ts";
import { copyOf, fileAt, filesOn, isSame, pinned } from "./refresh.ts";

/**
 * The ESPs of proxmox-boot-tool that GRUB starts. The tool copies kernels and initrds into the root of each, writes the pin
 * as a drop-in of GRUB's settings, and runs update-grub with the ESP in the place of /boot. So what GRUB's own room knows of
 * settings and menus holds there as well, asked of the host as it would be with that ESP for its /boot.
 */
export function asGrubHost(state: HostState, { uuid, content }: ReadyEsp): HostState {
  const { grub } = state.bootLoader;
  if (grub === undefined || content.grub === undefined) return state;
  const { menu, environment, custom } = content.grub;
  const sourced = menu.known && menu.value.customAt !== undefined;
  const facts: GrubFacts = {
    ...grub,
    elsewhere: undefined,
    menu,
    environment,
    hook: false,
    booted: unknown("what boots now stands in on the ESP itself"),
    custom: { sourced, menu: custom === undefined ? undefined : withNamedAside(custom) },
  };
  return {
    ...state,
    kernels: kernelsOn(content, uuid, state.kernels),
    bootLoader: { ...state.bootLoader, grub: facts },
  };
}

/** The copy that hostcfg put aside has a name without a release, which its title tells. */
function withNamedAside(custom: GrubMenu): GrubMenu {
  return {
    ...custom,
    items: custom.items.map((item) => {
      const release = item.kind === "entry" && item.id === WAY_BACK_ID ? releaseInTitle(item) : undefined;
      return release === undefined ? item : { ...item, linux: `${ASIDE.image}-${release}` };
    }),
  };
}

function kernelsOn(
  content: EspContent,
  uuid: string,
  ofBoot: Fact<readonly KernelFact[]>,
): Fact<readonly KernelFact[]> {
  if (!ofBoot.known) return ofBoot;
  return known(
    content.files.flatMap(({ path }): KernelFact[] => {
      const release = /^\/vmlinuz-(.+)$/.exec(path)?.[1];
      if (release === undefined) return [];
      const same = ofBoot.value.find((one) => one.release === release) ?? { config: false, modules: false };
      const [image, initrd] = Object.values(filesOn("grub", release)).map((name) =>
        onEsp(fileAt(content, name), uuid),
      );
      return [{ ...same, release, image, initrd }];
    }),
  );
}

function onEsp(file: BootFile | undefined, uuid: string): BootFile | undefined {
  return file === undefined ? undefined : { ...file, path: `(ESP ${uuid})${file.path}` };
}

/** What GRUB shows and starts there. */
export function menuOnGrubEsp(esp: ReadyEsp, state: HostState): Fact<Menu> {
  if (state.bootLoader.grub === undefined) return unknown(`${MENU} is not there`);
  const found = menuOfGrub(asGrubHost(state, esp));
  if (!found.known) return found;
  const { chosen, fallback } = found.value;
  const shown = (entry: MenuEntry): MenuEntry => ofEsp(entry, esp, state);
  return known({
    ...found.value,
    chosen: chosen === undefined ? undefined : shown(chosen),
    fallback: fallback.known ? known(shown(fallback.value)) : fallback,
  });
}

/** A file with the bytes of the one in /boot is judged as that one; what hostcfg put aside came whole under its name. */
function ofEsp(entry: MenuEntry, { uuid, content }: ReadyEsp, { kernels }: HostState): MenuEntry {
  const { release, image, initrd } = entry;
  const isAside = entry.name === WAY_BACK_ID;
  const own = (path: string): string => (path.startsWith("/") ? `(ESP)${path}` : path);
  const file = (part: "image" | "initrd"): BootFile | undefined => onEsp(fileAt(content, ASIDE[part]), uuid);
  const kernel =
    kernels.known && release.known ? kernels.value.find((one) => one.release === release.value) : undefined;
  const copy = initrd.known && initrd.value !== "none" ? initrd.value : undefined;
  return {
    ...entry,
    copied: !isAside && !entry.foreign,
    reads: isAside
      ? { kernel: own(ASIDE.image), initrd: own(ASIDE.initrd) }
      : { kernel: own(entry.reads.kernel), initrd: own(entry.reads.initrd) },
    ...(isAside
      ? { image: known(file("image")), initrd: known(file("initrd")) }
      : {
          image: image.known && isSame(image.value, kernel?.image) ? known(kernel?.image) : image,
          initrd: isSame(copy, kernel?.initrd) ? known(kernel?.initrd) : initrd,
        }),
  };
}

/** What the tool writes as GRUB_DEFAULT; undefined where it takes its drop-in away. The id is that of the menu in /boot. */
export function pinText({ bootLoader }: HostState, files: ProxmoxFiles): string | undefined {
  const named = pinned(files);
  if (named === undefined) return undefined;
  const { grub } = bootLoader;
  const items = grub?.menu.known === true ? grub.menu.value.items : [];
  const ids = items.flatMap(({ kind, id }) =>
    kind === "submenu" && id?.startsWith(SUBMENU) === true ? [id.slice(SUBMENU.length)] : [],
  );
  const id = ids.join("\n");
  return `GRUB_DEFAULT="${SUBMENU}${id}>gnulinux-${named}-advanced-${id}"\n`;
}

const SUBMENU = "gnulinux-advanced-";

/** The host with the drop-in that the tool writes for its pin. */
export function withPinSetting(state: HostState, files: ProxmoxFiles): HostState {
  const { grub } = state.bootLoader;
  if (grub?.settings.known !== true) return state;
  const settings = known(withFiles(grub.settings.value, new Map([[PROXMOX_PIN, pinText(state, files)]])));
  return { ...state, bootLoader: { ...state.bootLoader, grub: { ...grub, settings } } };
}

/**
 * An ESP after a refresh that ended well.
 *
 * @param kept What the tool keeps, files of it in /boot or not.
 */
export function refreshedByGrub(
  esp: ReadyEsp,
  state: HostState,
  files: ProxmoxFiles,
  kept: readonly string[],
): EspContent {
  const { content } = esp;
  if (content.grub === undefined) return content;
  const copies = inMenu(state.kernels.known ? state.kernels.value : [])
    .filter(({ release }) => kept.includes(release))
    .flatMap(({ release, image, initrd }) => [
      ...copyOf(image, filesOn("grub", release).image),
      ...copyOf(initrd, filesOn("grub", release).initrd),
    ]);
  const left = content.files.filter(
    ({ path }) => !copies.some((copy) => copy.path === path) && !isRemoved(path, content, kept),
  );
  const after = { ...withoutAsideDefault(content), files: [...left, ...copies].sort(byPath) };
  const menu = menuMade(asGrubHost(withPinSetting(state, files), { ...esp, content: after }));
  return {
    ...after,
    grub: {
      ...content.grub,
      menu: menu === undefined ? unknown("what update-grub would write is unknown") : known(menu),
    },
  };
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

/** Of each image in its root that is not kept, with the initrd of its name. By grep: a part of a kept name is kept. */
function isRemoved(path: string, { files }: EspContent, kept: readonly string[]): boolean {
  const release = /^\/(?:vmlinuz|initrd\.img)-(.+)$/.exec(path)?.[1];
  return (
    release !== undefined &&
    files.some((file) => file.path === `/vmlinuz-${release}`) &&
    !kept.some((one) => one.includes(release))
  );
}

/** How an ESP differs from what a refresh would leave there, as far as it matters to what boots. */
export function stalenessOfGrub(
  esp: ReadyEsp,
  state: HostState,
  files: ProxmoxFiles,
  kept: readonly string[],
): string | undefined {
  const { content } = esp;
  const fresh = refreshedByGrub(esp, state, files, kept);
  if (startsAsideByGrub(content)) return "what hostcfg put aside is its default";
  const [was, is] = [content.grub?.menu, fresh.grub?.menu];
  if (was?.known !== true || is?.known !== true) return undefined;
  if (was.value.default !== is.value.default)
    return `its default is ${shown(was.value)} instead of ${shown(is.value)}`;
  const [before, after] = [was.value, is.value].map(({ items }) => entriesOf(items));
  const [newest] = inMenu(state.kernels.known ? state.kernels.value : []).filter(({ release }) =>
    kept.includes(release),
  );
  const named = pinned(files) ?? newest?.release;
  for (const entry of after ?? []) {
    const release = nameIn(entry);
    if (release === undefined || entry.id === undefined || !kept.includes(release)) continue;
    const there = before?.find(({ id }) => id === entry.id);
    if (there === undefined && release !== named) continue;
    if (there === undefined) return `its menu has no entry of ${release}`;
    if (lineOf(there) !== lineOf(entry)) return `its entry of ${release} has other options`;
    const differing = Object.values(filesOn("grub", release)).find(
      (path) => !isSame(fileAt(content, path), fileAt(fresh, path)),
    );
    if (differing !== undefined)
      return `${posix.basename(differing)} on it is not that of /boot: older, or half copied`;
  }
  return undefined;
}

function shown({ default: chosen }: GrubMenu): string {
  return chosen ?? "the saved entry";
}

function lineOf({ options, linux = "", initrd = "" }: GrubMenuEntry): string {
  return JSON.stringify([splitLine(options.join(" ")), linux, initrd]);
}
