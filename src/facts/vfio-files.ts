import type { InitramfsFacts, InitramfsGeneratorName } from "../model/index.ts";

/** hostcfg's own files for the binding to vfio-pci. It owns them whole: nobody else's lines are in them. */

export const MODPROBE_FILE = "/etc/modprobe.d/hostcfg-vfio.conf";
export const HOOK_FILE = "/etc/initramfs-tools/hooks/hostcfg-vfio";
export const SCRIPT_FILE = "/etc/initramfs-tools/scripts/init-top/hostcfg-vfio";
/** Of udev: ties devices that come after the script has run. Before 80-drivers.rules, which loads other drivers. */
export const RULES_FILE = "/etc/udev/rules.d/60-hostcfg-vfio.rules";
/** dracut.conf(5). */
export const DRACUT_FILE = "/etc/dracut.conf.d/95-hostcfg-vfio.conf";
/** A bash script that mkinitcpio(8) reads, behind all others by its name: what it does to MODULES is not undone. */
export const MKINITCPIO_FILE = "/etc/mkinitcpio.conf.d/zz-hostcfg-vfio.conf";

/** Those that each generator of initrds reads. */
const READ_BY: Readonly<Record<InitramfsGeneratorName, readonly string[]>> = {
  "initramfs-tools": [MODPROBE_FILE, RULES_FILE, HOOK_FILE, SCRIPT_FILE],
  dracut: [MODPROBE_FILE, DRACUT_FILE],
  mkinitcpio: [MODPROBE_FILE, MKINITCPIO_FILE],
};
/** All of them, to be looked for on every host: another generator may have made its initrds before. */
export const VFIO_FILES: readonly string[] = [...new Set(Object.values(READ_BY).flat())];

/** Where an initrd has what those files put into it (mkinitramfs(8), dracut(8), mkinitcpio(8)). */
export const IN_INITRD = {
  modprobe: MODPROBE_FILE.slice(1),
  script: "scripts/init-top/hostcfg-vfio",
  /** Below lib or usr/lib. */
  rules: "udev/rules.d/60-hostcfg-vfio.rules",
  /** With whatever suffix modules are compressed by. */
  module: "/vfio-pci.ko",
  /** What dracut has loaded before udev, by `force_drivers`. */
  forced: "etc/cmdline.d/20-force_drivers.conf",
} as const;

const PARTS_OF: Readonly<Record<InitramfsGeneratorName, readonly string[]>> = {
  "initramfs-tools": [IN_INITRD.modprobe, IN_INITRD.script, IN_INITRD.module, IN_INITRD.rules],
  dracut: [IN_INITRD.modprobe, IN_INITRD.module, IN_INITRD.forced],
  mkinitcpio: [IN_INITRD.modprobe, IN_INITRD.module],
};

/**
 * What an initrd has that is made while these files stand where they are: those of hostcfg that the generator reads.
 *
 * @param textOf Answers nothing where there is no such file.
 */
export function partsLeft(
  by: InitramfsGeneratorName,
  textOf: (path: string) => string | undefined,
): readonly string[] {
  if (by !== "initramfs-tools") {
    const settings = by === "dracut" ? DRACUT_FILE : MKINITCPIO_FILE;
    return textOf(settings) === undefined ? [] : PARTS_OF[by];
  }
  const hook = textOf(HOOK_FILE) ?? "";
  return [
    ...(textOf(MODPROBE_FILE) === undefined ? [] : [IN_INITRD.modprobe]),
    ...(textOf(SCRIPT_FILE) === undefined ? [] : [IN_INITRD.script]),
    ...(/\bvfio_pci\b/.test(hook) ? [IN_INITRD.module] : []),
    ...(hook.includes(RULES_FILE) && textOf(RULES_FILE) !== undefined ? [IN_INITRD.rules] : []),
  ];
}

/** What is looked for in an initrd of this host. */
export function partsToFind({ generator }: InitramfsFacts): readonly string[] {
  return PARTS_OF[generator.known ? generator.value : "initramfs-tools"];
}
