import type { RefusedLoader } from "../model.ts";
import type { BootWish } from "./loader.ts";

/** What a person does on a host whose loader hostcfg leaves alone: the declared options in the host's own terms. */
export function insteadOf({ kind }: RefusedLoader, { release, options }: BootWish): string {
  const present = options?.present ?? [];
  const absent = options?.absent ?? [];
  switch (kind) {
    case "nixos":
      return [
        "put into the system's configuration, then nixos-rebuild boot:",
        ...(present.length > 0 ? [`boot.kernelParams = [ ${present.map(nixString).join(" ")} ];`] : []),
        ...(absent.length > 0 ? [`(and take out of it: ${absent.join(" ")})`] : []),
        ...(release === undefined ? [] : ["boot.kernelPackages = (the package set of that kernel);"]),
      ].join(" ");
    case "ostree":
      return command([
        "rpm-ostree kargs",
        ...present.map((option) => `--append-if-missing=${shellWord(option)}`),
        ...absent.map((option) => `--delete-if-present=${shellWord(option)}`),
      ]);
    case "grub-bls": {
      const quoted = present.filter((option) => option.includes('"'));
      return command([
        "grubby --update-kernel=ALL",
        ...(present.length > 0 ? [`--args=${shellWord(present.join(" "))}`] : []),
        ...(absent.length > 0 ? [`--remove-args=${shellWord(absent.join(" "))}`] : []),
      ]).concat(
        release === undefined ? "" : `; sudo grubby --set-default=/boot/vmlinuz-${release}`,
        quoted.length > 0 ? `; grubby knows no quotes, so edit the entries for ${quoted.join(" ")}` : "",
      );
    }
    case "unified-kernel-image":
      return "write the options into /etc/kernel/cmdline and build the image again: kernel-install add, ukify or mkinitcpio -P";
    case "grub-elsewhere":
      return "edit /etc/default/grub, then sudo grub2-mkconfig -o /boot/grub2/grub.cfg (SUSE: sudo update-bootloader --refresh)";
    case "proxmox-grub":
      return "edit /etc/default/grub, pin with proxmox-boot-tool kernel pin, then sudo proxmox-boot-tool refresh";
    case "refind":
      return "edit refind_linux.conf beside the kernel, or the stanza in refind.conf on the ESP";
    case "limine":
      return "edit limine.conf on the ESP";
    case "extlinux":
      return "edit the APPEND line in /boot/extlinux/extlinux.conf, or /etc/default/u-boot and sudo u-boot-update";
  }
}

function command(words: readonly string[]): string {
  return `sudo ${words.join(" ")}`;
}

/** In single quotes where a shell would make something else of it. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9_.,:=/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A string of the Nix language: quotes, backslashes and `${` are escaped. */
function nixString(text: string): string {
  return `"${text.replace(/\\|"|\$\{/g, String.raw`\$&`)}"`;
}
