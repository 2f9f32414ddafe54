import { shellWord } from "../shell-quote.ts";
import { parseOption, splitLine } from "../cmdline.ts";
import type { RefusedLoader, Running } from "../model/index.ts";
import type { BootWish } from "./loader.ts";
import type { DeclaredOptions } from "./options.ts";
import { isRepeatable, mergeOptions } from "./options.ts";

/**
 * What a person does on a host whose loader hostcfg leaves alone: what is declared, in the host's own terms. Several
 * lines where there is something to copy.
 *
 * @param wish What one part of the spec wants: a release or options.
 */
export function insteadOf(loader: RefusedLoader, wish: BootWish, running: Running): string {
  return [
    ...(wish.options === undefined ? [] : optionsInstead(loader, wish.options, lineOf(running))),
    ...(wish.release === undefined ? [] : releaseInstead(loader, wish.release)),
  ].join("\n");
}

function optionsInstead({ kind }: RefusedLoader, options: DeclaredOptions, line: Line | undefined): string[] {
  const { present, absent } = options;
  const told = wholeLine(options, line);
  switch (kind) {
    case "nixos":
      return [
        "put this into the system's configuration, then sudo nixos-rebuild boot:",
        "boot.kernelParams = [",
        ...present.map((option) => `  ${nixString(option)}`),
        "];",
        ...(absent.length === 0 ? [] : [`and remove from it what sets ${absent.join(", ")}`]),
      ];
    case "ostree":
      return [
        command([
          "rpm-ostree",
          "kargs",
          ...unwanted(options, line).map((option) => `--delete-if-present=${option}`),
          ...present.map((option) => `--append-if-missing=${option}`),
        ]),
      ];
    case "bootc":
      return [
        "put this file into the image, as /usr/lib/bootc/kargs.d/50-hostcfg.toml, then sudo bootc upgrade:",
        `kargs = [${present.map((option) => JSON.stringify(option)).join(", ")}]`,
        ...(absent.length === 0 ? [] : [`and remove from the other files there: ${absent.join(" ")}`]),
      ];
    case "grub-bls":
      return grubby(options);
    case "unified-kernel-image":
      return [
        `write into /etc/kernel/cmdline: ${told}`,
        "then build the image again: sudo mkinitcpio -P (Arch), sudo kernel-install add-all, or ukify build",
      ];
    case "efi-stub":
      return [
        "make the firmware's boot option again, with efibootmgr --create, its --loader as it is,",
        `and --unicode holding initrd= as it is and: ${told}`,
      ];
    case "grub-elsewhere":
      return [
        `edit GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub by hand: ${edits(options)}`,
        "then sudo grub-mkconfig -o /boot/grub/grub.cfg (SUSE: sudo update-bootloader --refresh)",
      ];
    case "sdbootutil":
      return [
        `edit /etc/kernel/cmdline by hand: ${edits(options)}`,
        "then sudo sdbootutil update-all-entries, and sudo sdbootutil update-predictions where the TPM opens the disk",
      ];
    case "sdboot-manage":
      return [
        `edit LINUX_OPTIONS in /etc/sdboot-manage.conf by hand: ${edits(options)}`,
        "then sudo sdboot-manage gen",
      ];
    case "limine-entry-tool":
      return [
        `edit KERNEL_CMDLINE in /etc/default/limine by hand: ${edits(options)}`,
        "then sudo limine-mkinitcpio or sudo limine-update",
      ];
    case "refind":
      return [
        `edit refind_linux.conf beside the kernel, or the stanza in refind.conf on the ESP, by hand: ${told}`,
      ];
    case "limine":
      return [`edit the cmdline of the entry in limine.conf by hand: ${told}`];
    case "extlinux":
      return [
        `edit the APPEND line in extlinux.conf or syslinux.cfg by hand: ${told}`,
        "where u-boot-menu writes that file: U_BOOT_PARAMETERS in /etc/default/u-boot, then sudo u-boot-update",
      ];
    case "unfamiliar":
      return [`write into the configuration of that loader by hand: ${told}`];
    case "container":
      return ["declare kernelOptions on the container's host"];
  }
}

function releaseInstead({ kind }: RefusedLoader, release: string): string[] {
  switch (kind) {
    case "nixos":
      return [
        "put the package set of that kernel into the system's configuration, then sudo nixos-rebuild boot:",
        `boot.kernelPackages = pkgs.linuxPackages; # or another set whose kernel is ${release}`,
      ];
    case "ostree":
      return [`the kernel comes with the image: sudo rpm-ostree override replace ./kernel*-${release}.rpm`];
    case "bootc":
      return [`the kernel comes with the image: build one that holds ${release}, then sudo bootc upgrade`];
    case "grub-bls":
      return [command(["grubby", `--set-default=/boot/vmlinuz-${release}`])];
    case "unified-kernel-image":
      return [
        `build an image of ${release}: ${command(["kernel-install", "add", release, `/usr/lib/modules/${release}/vmlinuz`])} or ukify build`,
        "then make it the default: sudo bootctl set-default with its file name",
      ];
    case "efi-stub":
      return [
        `make a boot option for ${release} with efibootmgr --create, and put it first with efibootmgr --bootorder`,
      ];
    case "grub-elsewhere":
      return ["set GRUB_DEFAULT in /etc/default/grub by hand, then make the menu again with grub-mkconfig"];
    case "sdbootutil":
      return ["choose the entry of that release: sudo sdbootutil set-default with its file name"];
    case "sdboot-manage":
      return ["choose the entry of that release: sudo bootctl set-default with its file name"];
    case "limine-entry-tool":
      return [`set default_entry in limine.conf by hand to the entry of ${release}`];
    case "refind":
      return [`set default_selection in refind.conf by hand to vmlinuz-${release}`];
    case "limine":
      return [`set default_entry in limine.conf by hand to the entry of ${release}`];
    case "extlinux":
      return [`set DEFAULT in extlinux.conf or syslinux.cfg by hand to the label of ${release}`];
    case "unfamiliar":
      return [`make ${release} the default in the configuration of that loader by hand`];
    case "container":
      return ["declare kernel.release on the container's host"];
  }
}

type Line = readonly string[];

/** This boot's options without those that loaders add themselves. */
function lineOf({ cmdline }: Running): Line | undefined {
  if (!cmdline.known) return undefined;
  return splitLine(cmdline.value).filter(
    (option) => !["BOOT_IMAGE", "initrd"].includes(parseOption(option).name),
  );
}

/** The line as it would be, where this boot shows how it is; else what to change in it. */
function wholeLine(options: DeclaredOptions, line: Line | undefined): string {
  return line === undefined ? edits(options) : mergeOptions(line, options).options.join(" ");
}

function edits({ present, absent }: DeclaredOptions): string {
  return [
    ...(present.length === 0 ? [] : [`add ${present.join(" ")}`]),
    ...(absent.length === 0 ? [] : [`remove ${absent.join(" ")}`]),
  ].join(", ");
}

/** What must go, as this boot's line spells it: rpm-ostree deletes by the exact value. */
function unwanted(options: DeclaredOptions, line: Line | undefined): readonly string[] {
  if (line === undefined) return options.absent;
  return mergeOptions(line, options).edits.flatMap(({ before }) =>
    before === null ? [] : splitLine(before),
  );
}

/**
 * grubby knows no quotes, and adding an option takes away all others of its name (grubby-bls), so a name that may
 * repeat would lose the values that nobody declared.
 */
function grubby({ present, absent }: DeclaredOptions): string[] {
  const byHand = present.filter((option) => option.includes('"') || isRepeatable(parseOption(option).name));
  const rest = present.filter((option) => !byHand.includes(option));
  const words = [
    ...(rest.length === 0 ? [] : [`--args=${rest.join(" ")}`]),
    ...(absent.length === 0 ? [] : [`--remove-args=${absent.join(" ")}`]),
  ];
  return [
    ...(words.length === 0 ? [] : [command(["grubby", "--update-kernel=ALL", ...words])]),
    ...(byHand.length === 0
      ? []
      : [
          `by hand, in /etc/kernel/cmdline and in the options line of each file in /boot/loader/entries: ${byHand.join(" ")}`,
          "(grubby has no way to say a quote, and adding an option it removes every other of the same name)",
        ]),
  ];
}

function command(words: readonly string[]): string {
  return ["sudo", ...words.map(shellWord)].join(" ");
}

/** A string of the Nix language (Nix manual, String literal): quotes, backslashes and `${` are escaped. */
function nixString(text: string): string {
  return `"${text.replace(/\\|"|\$\{/g, String.raw`\$&`)}"`;
}
