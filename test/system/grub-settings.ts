import { NEWER, OLDER } from "./rig/grub.ts";

/** A way in which people have set GRUB up, and what is declared there. */
export interface GrubSetting {
  readonly name: string;
  /** Behind Debian's own settings. */
  readonly settings?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** By sh, with the release of the kernel that this boot came by as $1. */
  readonly run?: string;
  readonly spec: string;
  /** Why it may be unknown what boots next. */
  readonly unknown?: RegExp;
  /** The release that starts after the apply, where that is not only what was promised. */
  readonly starts?: string;
  /** Nothing may be written: real update-grub fails on it, or nobody can tell what it makes. */
  readonly refused?: "update-grub fails" | "update-grub goes on";
  /** What a refusal says. */
  readonly told?: RegExp;
  /** Tried at every run. */
  readonly sampled?: true;
}

const OPTIONS = "kernelOptions: { present: [iommu=pt] }";
const RELEASE = `kernel: { release: ${OLDER} }`;
const BOTH = `${RELEASE}\n${OPTIONS}`;

/** From public reports, and more of their kind. */
export const GRUB_SETTINGS: readonly GrubSetting[] = [
  { name: "no recovery entries", settings: 'GRUB_DISABLE_RECOVERY="true"\n', spec: OPTIONS },
  { name: "no submenu, by yes", settings: "GRUB_DISABLE_SUBMENU=yes\n", spec: BOTH, starts: OLDER },
  { name: "no submenu, by 1", settings: "GRUB_DISABLE_SUBMENU=1\n", spec: RELEASE },
  { name: "no submenu, by y", settings: "GRUB_DISABLE_SUBMENU=y\n", spec: RELEASE, starts: OLDER },
  { name: "no UUID", settings: "GRUB_DISABLE_LINUX_UUID=true\n", spec: BOTH, sampled: true },
  { name: "the default is a place in the submenu", settings: 'GRUB_DEFAULT="1>2"\n', spec: OPTIONS },
  {
    name: "the default is a place behind the kernels', where GRUB 2.12 has the firmware's settings",
    settings: "GRUB_DEFAULT=2\n",
    spec: OPTIONS,
    unknown: /whether the menu has "UEFI Firmware Settings" depends/,
  },
  {
    name: "the default is remembered, by title",
    settings: "GRUB_DEFAULT=saved\nGRUB_SAVEDEFAULT=true\n",
    run: `grub-editenv /boot/grub/grubenv create
grub-editenv /boot/grub/grubenv set saved_entry="Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux $1"`,
    spec: OPTIONS,
    sampled: true,
  },
  {
    name: "the default is remembered, and nothing is yet",
    settings: "GRUB_DEFAULT=saved\n",
    spec: BOTH,
    starts: OLDER,
  },
  {
    name: "a distributor with quotes",
    settings: `GRUB_DISTRIBUTOR="Bobs & sons' box"\n`,
    spec: BOTH,
    starts: OLDER,
    sampled: true,
  },
  {
    name: "an early initrd",
    settings: 'GRUB_EARLY_INITRD_LINUX_CUSTOM="ucode.img"\n',
    run: "echo x >/boot/ucode.img",
    spec: OPTIONS,
  },
  {
    name: "a drop-in of a cloud image, behind hostcfg's name",
    files: {
      "/etc/default/grub.d/99-cloud.cfg": 'GRUB_CMDLINE_LINUX_DEFAULT="console=tty1 console=ttyS0"\n',
    },
    spec: OPTIONS,
    refused: "update-grub goes on",
    told: /99-cloud\.cfg/,
  },
  {
    name: "a copy of the newest kernel that somebody keeps",
    run: "for one in vmlinuz initrd.img; do cp /boot/$one-6.1.0-27-amd64 /boot/$one-6.1.0-27-amd64.bak; done",
    spec: OPTIONS,
    sampled: true,
  },
  {
    name: "an old kernel that somebody keeps",
    run: "for one in vmlinuz initrd.img; do cp /boot/$one-6.1.0-27-amd64 /boot/$one-6.1.0-27-amd64.old; done",
    spec: BOTH,
    starts: OLDER,
  },
  {
    name: "a script of one's own that sets the default",
    files: {
      "/etc/grub.d/45_mine": `#!/bin/sh
cat <<X
menuentry "Memory test" --id mt {
 linux16 /boot/memtest.bin
}
set default=mt
X
`,
    },
    spec: OPTIONS,
    sampled: true,
  },
  {
    name: "an entry of the firmware, first and only on EFI",
    files: {
      "/etc/grub.d/05_fw": `#!/bin/sh
cat <<X
if [ "\\$grub_platform" = "efi" ]; then
  menuentry "Firmware" --id fw {
    fwsetup
  }
fi
X
`,
    },
    spec: RELEASE,
    starts: OLDER,
  },
  {
    name: "grub-customizer, which has taken the submenu out",
    run: `mkdir /etc/grub.d/proxifiedScripts
mv /etc/grub.d/10_linux /etc/grub.d/proxifiedScripts/linux
printf '#!/bin/sh\\n/etc/grub.d/proxifiedScripts/linux | sed "/^submenu/,/^}/d"\\n' >/etc/grub.d/10_linux_proxy
chmod 755 /etc/grub.d/10_linux_proxy`,
    spec: RELEASE,
    refused: "update-grub goes on",
    told: /grub-customizer/,
    sampled: true,
  },
  {
    name: "a kernel that is to come first",
    settings: `GRUB_TOP_LEVEL=/boot/vmlinuz-${NEWER}\n`,
    spec: OPTIONS,
    sampled: true,
  },
  {
    name: "a kernel that is to come first, and another is declared",
    settings: `GRUB_TOP_LEVEL=/boot/vmlinuz-${NEWER}\n`,
    spec: BOTH,
    starts: OLDER,
  },
  {
    name: "a kernel that is to come first, and is not there",
    settings: "GRUB_TOP_LEVEL=/boot/vmlinuz-6.1.0-9-amd64\n",
    spec: OPTIONS,
  },
  {
    name: "a terminal that is a serial line",
    settings: 'GRUB_TERMINAL="console serial"\n',
    spec: BOTH,
    starts: OLDER,
  },
  {
    name: "options of both lines, with quotes",
    settings: `GRUB_CMDLINE_LINUX='dyndbg="file a.c +p"'\nGRUB_CMDLINE_LINUX_DEFAULT="quiet splash \${GRUB_CMDLINE_LINUX}"\n`,
    spec: OPTIONS,
  },
  {
    name: "line ends of Windows, one of them an empty line's",
    settings: "\n# of mine\n",
    run: `sed -i 's/$/\\r/' /etc/default/grub`,
    spec: OPTIONS,
    refused: "update-grub fails",
    told: /\/etc\/default\/grub:1: there is a carriage return.*sed/,
    sampled: true,
  },
  {
    name: "line ends of Windows, which all become parts of values",
    run: `sed -i 's/$/\\r/' /etc/default/grub`,
    spec: BOTH,
    refused: "update-grub goes on",
    told: /\/etc\/default\/grub:1: there is a carriage return.*sed/,
  },
  {
    name: "blanks around the equals sign",
    settings: "GRUB_TIMEOUT = 5\n",
    spec: OPTIONS,
    refused: "update-grub fails",
    told: /\/etc\/default\/grub:6: .*GRUB_TIMEOUT=5/,
    sampled: true,
  },
  {
    name: "a blank behind the equals sign",
    settings: "GRUB_TIMEOUT= 5\n",
    spec: OPTIONS,
    refused: "update-grub fails",
    told: /\/etc\/default\/grub:6: .*GRUB_TIMEOUT=5/,
  },
  {
    name: "an if that never ends",
    files: { "/etc/default/grub.d/mine.cfg": "if [ -e /etc/mine ]; then\n  GRUB_TIMEOUT=9\n" },
    spec: OPTIONS,
    refused: "update-grub fails",
    told: /\/etc\/default\/grub\.d\/mine\.cfg:1: the "if" is never closed/,
  },
  {
    name: "a quote that is never closed",
    settings: 'GRUB_THEME="/boot/theme\n',
    spec: OPTIONS,
    refused: "update-grub fails",
    told: /\/etc\/default\/grub:6: the quote is never closed/,
  },
];
