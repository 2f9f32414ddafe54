/** GRUB 2 as Debian and Ubuntu set it up: its settings, and the menu that was generated from them. */
export interface GrubFacts {
  /** /boot/grub/grub.cfg, the generated menu. */
  readonly menuPath: string;
}
