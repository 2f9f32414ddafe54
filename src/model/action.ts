import type { InitramfsGeneratorName } from "./kernel.ts";
import type { EspLoader } from "./proxmox.ts";
import type { FamilyName, KernelOfPackage } from "./package.ts";

/**
 * What a program is asked to do, in no distribution's words. The command line is made from it (boot/run.ts), for people and
 * for the machine, and is never parsed back: whoever must know what a step does switches on this, without a default branch.
 */
export type Action = PackageAction | MakeInitrd | LoaderAction;

export type PackageAction = InstallPackages | ChangePackages;

/** A repository's packages come with what they depend on; files are installed as they are. */
export type InstallPackages = OfFamily & { readonly does: "install" } & (
    | { readonly from: "repository"; readonly packages: readonly PackageRef[] }
    | { readonly from: "files"; readonly packages: readonly PackageFile[] }
  );

/** Only the actions of a package manager have a family: whose manager it is. */
interface OfFamily {
  readonly family: FamilyName;
}

export interface ChangePackages extends OfFamily {
  readonly does: "remove" | "hold" | "unhold";
  readonly packages: readonly PackageRef[];
}

export interface PackageRef {
  readonly name: string;
  /** Absent where the one that is installed is meant. */
  readonly version?: string;
  /** The kernel that it brings or takes along. */
  readonly kernel?: KernelOfPackage;
}

export interface PackageFile extends PackageRef {
  /** Absolute path on the machine that runs hostcfg. */
  readonly file: string;
}

export interface MakeInitrd {
  readonly does: "make-initrd";
  readonly by: InitramfsGeneratorName;
  /** `uname -r` string. */
  readonly release: string;
  /** What the kernel's files are called by, where that is not the release. */
  readonly name?: string | undefined;
  /** There is none of this release yet. */
  readonly missing: boolean;
}

/** Copies a kernel of /boot to where the loader reads it, and writes its entry. */
export interface CopyKernel {
  readonly does: "copy-kernel";
  readonly by: "kernelstub" | "kernel-install";
  /** `uname -r` string. */
  readonly release: string;
}

/**
 * Puts what boots now aside on Proxmox's ESPs, and has it boot until the next refresh sets their default again; of a trial,
 * until that ends: for systemd-boot an EFI variable says so, which is another step, and for GRUB a line beside the entries.
 */
export interface PutAside {
  readonly does: "put-aside";
  /** What starts them. */
  readonly on: EspLoader;
  /** Their UUIDs. */
  readonly esps: readonly string[];
  /** Paths from the root of each ESP, and the entry's text, for GRUB with @UUID@ in the place of the ESP's. Absent where what was put aside before stays as it is. */
  readonly copy?: { readonly entry: string; readonly image: string; readonly initrd: string } | undefined;
  /** The text of the entry that is tried once, for GRUB with what makes the other the default. */
  readonly trial?: string | undefined;
}

/** Takes away what was put aside, once nothing has it boot. */
export interface DropAside {
  readonly does: "drop-aside";
  readonly on: EspLoader;
  readonly esps: readonly string[];
  /** Only what {@link PutAside.trial} is. */
  readonly only?: "trial" | undefined;
}

/** Has this entry boot once, and what is the default after that; an empty one takes that back. */
export type SetOnce = { readonly does: "set-once"; readonly entry: string } & (
  | { readonly by: "bootctl" }
  /** `esps`: by the environment blocks of these of Proxmox's ESPs, by their UUIDs, instead of that in /boot. */
  | { readonly by: "grub-editenv"; readonly esps?: readonly string[] | undefined }
);

export type LoaderAction =
  /** Rebuilds GRUB's menu: by update-grub, or by what it runs where there is none. */
  | { readonly does: "make-menu"; readonly by?: "grub-mkconfig" | undefined }
  | CopyKernel
  /** Sets the EFI variable LoaderEntryDefault. `entry`: as the loader matches it; empty takes the variable away. */
  | { readonly does: "set-default"; readonly by: "bootctl"; readonly entry: string }
  | SetOnce
  /** From the next refresh on, Proxmox starts this kernel. */
  | { readonly does: "pin"; readonly release: string }
  | PutAside
  | DropAside
  /** Refreshes all of Proxmox's ESPs. */
  | { readonly does: "refresh-esps" };
