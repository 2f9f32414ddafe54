import type { PinnedCopy, TextFile } from "./bls.ts";
import type { Fact } from "./fact.ts";

/** GRUB 2 as Debian and Ubuntu set it up: its settings, and the menu that was generated from them. */
export interface GrubFacts {
  /** /etc/default/grub and the drop-ins that grub-mkconfig reads, in the order in which it sources them. */
  readonly settings: Fact<readonly GrubSettingsFile[]>;
  /** /boot/grub/grub.cfg: what GRUB really reads. */
  readonly menu: Fact<GrubMenu>;
  /** /boot/grub/grubenv, what GRUB remembers between boots; known and empty where there is none. */
  readonly environment: Fact<Readonly<Record<string, string>>>;
  readonly generator: GrubGenerator;
  /** `$grub_platform`; absent where it cannot be told. */
  readonly platform?: "efi" | "pc" | undefined;
  /** The release that Proxmox' tool has pinned for one boot; absent where it has none. */
  readonly nextBootPin?: string | undefined;
  /** What grub-install put into /boot/grub is of another build than the package's: a newer menu may need what it lacks. */
  readonly notReinstalled?: true;
  /** A kernel hook runs update-grub after each kernel package. */
  readonly hook: boolean;
  /** The entry that this boot came by; unknown where the menu has none with its options, or has it no longer. */
  readonly booted: Fact<GrubEntryText>;
  /** Why another system's menu decides what boots next, one clause; absent where nothing speaks for it. */
  readonly elsewhere?: string | undefined;
  /** The user's part of the menu. */
  readonly custom: GrubCustom;
  /** What there is of the copies that hostcfg put aside for a trial. */
  readonly copies?: readonly PinnedCopy[];
}

/** An entry of grub.cfg as it is written there. */
export interface GrubEntryText {
  /** As the name of its image has it: {@link KernelFact.name} where the kernel has one. */
  readonly release: string;
  readonly title: string;
  /** What its heading says besides title and id, e.g. `--class os --unrestricted`. */
  readonly attributes: string;
  /** The lines between the braces, each with its line break. */
  readonly body: string;
}

/** /boot/grub/custom.cfg, which GRUB sources when it starts, where its menu says so (/etc/grub.d/41_custom). */
export interface GrubCustom {
  readonly sourced: boolean;
  /** Absent where there is none; only looked for where it is sourced. */
  readonly file?: TextFile | undefined;
  /** Its entries and what it makes the default, also where hostcfg may not write to it. */
  readonly menu?: GrubMenu | undefined;
}

/**
 * What asks which kernel is newer: dpkg (version_find_latest of grub-mkconfig_lib in Debian and Ubuntu), `sort -V`
 * there (upstream), one `sort -V` over all paths (10_linux of GRUB 2.12), or Ubuntu's grub-sort-version, which has
 * those paths in dpkg's order.
 */
export type GrubOrder = "dpkg" | "sort-V" | "sort-V-of-paths" | "dpkg-of-paths";

/** What the installed grub-mkconfig and 10_linux do, by their own texts; a field is absent where these cannot be read. */
export interface GrubGenerator {
  readonly order: GrubOrder;
  /** 10_linux puts the kernel of GRUB_TOP_LEVEL first. */
  readonly topLevel?: boolean;
  /** What sorts the kernels puts the flavours of GRUB_FLAVOUR_ORDER before all versions (Ubuntu). */
  readonly flavours?: boolean;
  /** Its entries have the ids by which hostcfg names them. */
  readonly ids?: boolean;
  /** What stands behind `root=` on each line. */
  readonly access?: "ro" | "rw" | undefined;
  /** grub-mkconfig sources /etc/default/grub.d/*.cfg. */
  readonly dropIns?: boolean;
  /** A kernel is called by all that stands behind `vmlinuz-` (Arch), not only from the first number on. */
  readonly wholeNames?: true;
  /** The program that makes the menu where there is no update-grub. */
  readonly by?: "grub-mkconfig" | undefined;
}

export interface GrubSettingsFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface GrubMenu {
  /** What the header says unless there is a one-shot: a text, or undefined for `${saved_entry}`. */
  readonly default?: string | undefined;
  /** What a `set default=` behind the header makes of it; it wins over a one-shot as well, but where it says otherwise. */
  readonly later?: GrubLaterDefault | undefined;
  readonly items: readonly GrubMenuItem[];
  /** Before which of the items custom.cfg is sourced; absent where it is not. */
  readonly customAt?: number | undefined;
  /** The UUIDs by which the entries of this system's kernels find their files. */
  readonly searched?: readonly string[] | undefined;
}

export interface GrubLaterDefault {
  readonly value: Fact<string>;
  /** The script of /etc/grub.d that it stands in, or custom.cfg. */
  readonly from: string;
  /** It comes after custom.cfg is sourced. */
  readonly behindCustom?: true;
  /** It does not count where an entry is chosen for one boot. */
  readonly unlessOnce?: true;
}

export type GrubMenuItem = GrubMenuEntry | GrubSubmenu;

export interface GrubSubmenu {
  readonly kind: "submenu";
  readonly title: string;
  readonly id?: string | undefined;
  readonly items: readonly GrubMenuItem[];
  readonly maybe?: string;
}

export interface GrubMenuEntry {
  readonly kind: "entry";
  readonly title: string;
  readonly id?: string | undefined;
  /** The path that `linux` names, as GRUB reads it; absent for an entry that starts something else. */
  readonly linux?: string;
  /** Its arguments as the kernel gets them, without those that only GRUB can know. */
  readonly options: readonly string[];
  /** The last file that `initrd` names: microcode comes first. */
  readonly initrd?: string | undefined;
  /** It starts another system, or nothing that is a kernel of this one: one clause. */
  readonly elsewhere?: string;
  /** What it loads depends on this condition, which only GRUB can judge. */
  readonly depends?: string | undefined;
  /** Whether it is in the menu depends on this condition, which only GRUB can judge. */
  readonly maybe?: string;
}
