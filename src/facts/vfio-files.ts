/** hostcfg's own files for the binding to vfio-pci. It owns them whole: nobody else's lines are in them. */

export const MODPROBE_FILE = "/etc/modprobe.d/hostcfg-vfio.conf";
export const HOOK_FILE = "/etc/initramfs-tools/hooks/hostcfg-vfio";
export const SCRIPT_FILE = "/etc/initramfs-tools/scripts/init-top/hostcfg-vfio";
export const VFIO_FILES = [MODPROBE_FILE, HOOK_FILE, SCRIPT_FILE] as const;

/** Where an initrd has what those files put into it (mkinitramfs(8)). */
export const IN_INITRD = {
  modprobe: MODPROBE_FILE.slice(1),
  script: "scripts/init-top/hostcfg-vfio",
  /** With whatever suffix modules are compressed by. */
  module: "/vfio-pci.ko",
} as const;
