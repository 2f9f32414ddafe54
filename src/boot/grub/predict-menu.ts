import { posix } from "node:path";
import { known, unknown } from "../../facts/fact.ts";
import type {
  Fact,
  GrubGenerator,
  GrubMenu,
  GrubMenuEntry,
  GrubMenuItem,
  GrubOrder,
  KernelFact,
} from "../../model/index.ts";
import { entriesOf, isGenerated, isRecovery, nameIn } from "./default-entry.ts";
import { newestFirst } from "./kernel-order.ts";
import { kernelCalled, nameOf } from "./kernel-names.ts";
import type { Settings } from "./settings.ts";

export interface MenuInput {
  /** The present menu: what update-grub took from the machine, such as the root device, it takes again. */
  readonly present: GrubMenu;
  readonly kernels: readonly KernelFact[];
  readonly order: GrubOrder;
  readonly precedence?: Precedence;
  /** What 10_linux puts behind `root=`; as in the present menu where that is not known. */
  readonly access?: "ro" | "rw" | undefined;
  readonly everywhere: readonly string[];
  readonly usual: readonly string[];
  /** GRUB_DEFAULT. */
  readonly default: string;
  readonly submenus: boolean;
  /** Something takes all entries but the first out of what 10_linux writes. */
  readonly pruned?: boolean;
  readonly recovery: boolean;
  /** The path that the initrd of a release has in /boot. */
  readonly initrd: (release: string) => string;
  /** For a host whose present menu has no Linux entry to learn from. */
  readonly rootUuid: string | undefined;
}

/** What comes before newer kernels. */
export interface Precedence {
  /** The path of the image that GRUB_TOP_LEVEL puts first; empty where there is none. */
  readonly topLevel: string;
  readonly flavours: readonly string[];
}

/** What all Linux entries of one menu share. */
export interface MenuStyle {
  /** The end of each id: the root file system's UUID, or its device. */
  readonly id: string;
  /** e.g. `root=UUID=…`. */
  readonly root: string;
  /** Behind it: mounted read-only, as Debian and Ubuntu have it, or for writing. */
  readonly access: "ro" | "rw";
  /** The same for a kernel without an initrd, which finds devices and partitions only; where the menu has such an entry. */
  readonly device?: string | undefined;
  /** `rootflags=subvol=…`, which 10_linux puts in front of GRUB_CMDLINE_LINUX where / is a subvolume of btrfs. */
  readonly subvolume?: string | undefined;
  /** Where GRUB finds /boot: `/boot`, or nothing where it is a partition of its own. */
  readonly folder: string;
}

/** The menu that update-grub (grub-mkconfig, 10_linux) will generate. */
export function predictMenu(input: MenuInput): GrubMenu | undefined {
  const style = styleOf(input.present, input.rootUuid);
  if (style === undefined) return undefined;
  const releases = inOrder(input);
  const { items, later, customAt, searched } = input.present;
  const first = items.findIndex(isGenerated);
  const others = (some: readonly GrubMenuItem[]): GrubMenuItem[] => some.filter((item) => !isGenerated(item));
  const before = others(items.slice(0, Math.max(0, first)));
  const behind = others(items.slice(Math.max(0, first)));
  const all = [...before, ...linuxItems(input, style, releases), ...behind];
  return {
    ...(input.default === "saved" ? {} : { default: input.default }),
    // What the other scripts write stays as it is.
    later,
    items: all,
    ...(customAt === undefined ? {} : { customAt: all.length - items.length + customAt }),
    searched,
  };
}

/** Unknown where it cannot be told whether the installed GRUB heeds a setting that is there. */
export function precedenceOf(generator: GrubGenerator, settings: Settings): Fact<Precedence> {
  const flavours = heeded("GRUB_FLAVOUR_ORDER", settings.flavours, generator.flavours, []);
  const topLevel = heeded("GRUB_TOP_LEVEL", settings.topLevel, generator.topLevel, "");
  if (!flavours.known) return flavours;
  return topLevel.known ? known({ topLevel: topLevel.value, flavours: flavours.value }) : topLevel;
}

function heeded<T extends string | readonly string[]>(
  name: string,
  setting: Fact<T>,
  heeds: boolean | undefined,
  none: T,
): Fact<T> {
  if (heeds === false) return known(none);
  if (heeds === true || !setting.known || setting.value.length === 0) return setting;
  return unknown(`whether this GRUB knows ${name} cannot be told`);
}

function inOrder({ kernels, order, precedence }: MenuInput): string[] {
  const { topLevel, flavours } = precedence ?? { topLevel: "", flavours: [] };
  const names = newestFirst(listed(kernels), order, flavours);
  // grub_move_to_front compares whole paths; a path that is not in the list moves nothing.
  const first = names.filter((name) => topLevel === `/boot/vmlinuz-${name}`);
  return [...first, ...names.filter((name) => !first.includes(name))];
}

/** The names of the kernels whose images 10_linux takes: any regular file by name, but no leftovers of packaging tools. */
export function listed(kernels: readonly KernelFact[]): string[] {
  return kernels
    .filter(({ image, expected }) => expected === true || (image !== undefined && image.size > 0))
    .map(nameOf)
    .filter((name) => !/\.dpkg-|\.rpmsave$|\.rpmnew$|\.sig$|\.efi\.signed$/.test(name));
}

/** The path by which a menu names a kernel for good: through its submenu where there is one. */
export function entryPath(style: MenuStyle, name: string, submenus: boolean): string {
  const entry = `gnulinux-${name}-advanced-${style.id}`;
  return submenus ? `gnulinux-advanced-${style.id}>${entry}` : entry;
}

export function styleOf(present: GrubMenu, rootUuid: string | undefined): MenuStyle | undefined {
  const usual = entriesOf(present.items).filter((one) => linuxId(one) !== undefined && !isRecovery(one));
  // Entries that are named otherwise, as Ubuntu's 10_linux_zfs does, are made by other rules.
  if (usual.length === 0 && entriesOf(present.items).some(isGenerated)) return undefined;
  const entry = usual.find(({ initrd }) => initrd !== undefined) ?? usual[0];
  const bare = usual.find(({ initrd }) => initrd === undefined);
  const id = entry === undefined ? rootUuid : linuxId(entry);
  const root =
    entry?.options.find((option) => option.startsWith("root=")) ??
    (id === undefined ? undefined : `root=UUID=${id}`);
  if (id === undefined || root === undefined) return undefined;
  const folder = /^(.*)\/[^/]+$/.exec(entry?.linux ?? "/boot/vmlinuz")?.[1] ?? "";
  const subvolume =
    entry?.options[2]?.startsWith("rootflags=subvol=") === true ? entry.options[2] : undefined;
  const access = entry?.options[1] === "rw" ? "rw" : "ro";
  const device = bare?.options.find((option) => option.startsWith("root="));
  return { id, root, access, device, folder, subvolume };
}

function linuxId(entry: GrubMenuEntry): string | undefined {
  const name = nameIn(entry);
  if (entry.id === undefined || name === undefined) return undefined;
  const kinds = ["simple", `${name}-advanced`];
  const kind = kinds.find((one) => entry.id?.startsWith(`gnulinux-${one}-`));
  return kind === undefined ? undefined : entry.id.slice(`gnulinux-${kind}-`.length);
}

function linuxItems(input: MenuInput, style: MenuStyle, names: readonly string[]): GrubMenuItem[] {
  const { usual, present } = input;
  const { subvolume } = style;
  // Where the settings say it themselves, it is theirs.
  const generated = subvolume === undefined || input.everywhere.includes(subvolume) ? [] : [subvolume];
  const everywhere = [...generated, ...input.everywhere];
  const named = namedOtherwise(present);
  const inits = otherInits(present);
  const besides = otherInitrds(present);
  const entry = (name: string, kind: string, ownInitrd?: string): GrubMenuEntry => {
    const kernel = kernelCalled(input.kernels, name);
    const isThere = kernel !== undefined && (kernel.initrd !== undefined || kernel.expected === true);
    const initrd =
      ownInitrd ??
      (isThere
        ? `${style.folder}/${posix.basename(kernel.initrd?.path ?? input.initrd(kernel.release))}`
        : kernel?.name === undefined
          ? named.get(name)
          : undefined);
    const root = initrd === undefined ? (style.device ?? style.root) : style.root;
    const init = inits.get(kind) ?? [];
    const line = kind === "recovery" ? ["single", ...everywhere] : [...everywhere, ...usual, ...init];
    const id = kind === "simple" ? `gnulinux-simple-${style.id}` : `gnulinux-${name}-${kind}-${style.id}`;
    return {
      kind: "entry",
      title: titleOf(present, { id, kind, name }),
      id,
      linux: `${style.folder}/vmlinuz-${name}`,
      options: [root, input.access ?? style.access, ...line],
      initrd,
    };
  };
  const all = names.flatMap((name) => [
    entry(name, "advanced"),
    ...(besides.get(name) ?? []).map(({ kind, initrd }) => entry(name, kind, initrd)),
    ...[...inits.keys()].map((kind) => entry(name, kind)),
    ...(input.recovery ? [entry(name, "recovery")] : []),
  ]);
  const [newest] = names;
  if (newest !== undefined && input.pruned === true) return [entry(newest, "simple")];
  if (newest === undefined || !input.submenus) return all;
  const id = `gnulinux-advanced-${style.id}`;
  const title = present.items.find((item) => item.id === id)?.title ?? "";
  return [entry(newest, "simple"), { kind: "submenu", title, id, items: all }];
}

/**
 * The initrds that are not named as Debian names them, by their kernel's name. 10_linux finds them under half a dozen names, such as
 * dracut's `initramfs-RELEASE.img`, and no other fact than the present menu tells of them.
 */
function namedOtherwise(present: GrubMenu): ReadonlyMap<string, string> {
  const entries = entriesOf(present.items).filter((entry) => linuxId(entry) !== undefined);
  return new Map(
    entries.flatMap((entry): [string, string][] => {
      const { initrd } = entry;
      const name = nameIn(entry);
      return name === undefined || initrd === undefined || initrd.includes("/initrd.img-")
        ? []
        : [[name, initrd]];
    }),
  );
}

interface OtherInitrd {
  readonly kind: string;
  readonly initrd: string;
}

/**
 * The entries of a kernel with another initrd than its usual one, which Arch's 10_linux adds where there is an
 * `initramfs-NAME-fallback.img` or a `booster-NAME.img`. That those are there is learnt from the present menu.
 */
function otherInitrds(present: GrubMenu): ReadonlyMap<string, readonly OtherInitrd[]> {
  const found = new Map<string, OtherInitrd[]>();
  for (const entry of entriesOf(present.items)) {
    const name = nameIn(entry) ?? "";
    const kind = /^-(fallback|booster)-/.exec(entry.id?.split(`gnulinux-${name}`)[1] ?? "")?.[1];
    if (kind !== undefined && entry.initrd !== undefined)
      found.set(name, [...(found.get(name) ?? []), { kind, initrd: entry.initrd }]);
  }
  return found;
}

/**
 * The inits that are installed beside the one that runs, each with its option: Debian's 10_linux of GRUB 2.06 gives every
 * kernel an entry for each, `gnulinux-RELEASE-init-NAME-…`, between the usual one and the one for recovery.
 */
function otherInits(present: GrubMenu): ReadonlyMap<string, readonly string[]> {
  return new Map(
    entriesOf(present.items).flatMap((entry): [string, string[]][] => {
      const kind = /^-(init-[^-]+)-/.exec(entry.id?.split(`gnulinux-${nameIn(entry) ?? ""}`)[1] ?? "")?.[1];
      return kind === undefined
        ? []
        : [[kind, entry.options.filter((option) => option.startsWith("init=")).slice(-1)]];
    }),
  );
}

/** Titles are translated and branded, so they are learnt from the present menu. */
function titleOf(
  present: GrubMenu,
  { id, kind, name }: { readonly id: string; readonly kind: string; readonly name: string },
): string {
  const entries = entriesOf(present.items);
  const same = entries.find((entry) => entry.id === id);
  if (same !== undefined) return same.title;
  const named = (one: string): GrubMenuEntry | undefined =>
    entries.find((entry) => entry.id?.includes(`-${one}-`) === true);
  const alike = named(kind) ?? named("advanced");
  const other = alike === undefined ? undefined : nameIn(alike);
  return alike === undefined || other === undefined ? "" : alike.title.replace(other, name);
}
