import { execFileSync } from "node:child_process";
import { compareDebianVersions } from "../../src/platform/debian/version.ts";
import type { Program } from "./program.ts";
import { succeeded, untaught } from "./program.ts";
import type { RootFolder } from "./root-folder.ts";

const SETTINGS = "/etc/default/grub";
const MENU = "/boot/grub/grub.cfg";
const NAMES = [
  "GRUB_DEFAULT",
  "GRUB_DISTRIBUTOR",
  "GRUB_CMDLINE_LINUX",
  "GRUB_CMDLINE_LINUX_DEFAULT",
  "GRUB_DISABLE_RECOVERY",
  "GRUB_DISABLE_SUBMENU",
] as const;
type Settings = Record<(typeof NAMES)[number], string>;

/**
 * update-grub(8) of Debian 12's grub2-common 2.06: grub-mkconfig with only 00_header's default, 10_linux and 41_custom, for a root
 * file system that /etc/fstab names by its UUID and that holds /boot. The shape is that of menus which the real one
 * wrote; the menu is written over the old one, as there; the settings are sourced by a real sh, with no program in its PATH.
 */
export const updateGrub: Program = (args, { root }) => {
  if (args.length > 0) throw untaught("update-grub", args);
  const { text, said } = grubMenu(root);
  root.overwrite(MENU, text, 0o600);
  return succeeded("", said);
};

/**
 * @param esp With this ESP mounted over /boot, as proxmox-boot-tool has it run: its folder, and the UUID of its FAT.
 */
export function grubMenu(
  root: RootFolder,
  esp?: { readonly folder: string; readonly uuid: string },
): { readonly text: string; readonly said: string } {
  const settings = source(root);
  const device = rootDevice(root);
  const boot = esp ?? { folder: "/boot", uuid: device.id };
  const releases = root
    .names(boot.folder)
    .flatMap((name) => /^vmlinuz-(.+)$/.exec(name)?.[1] ?? [])
    .filter((release) => !release.includes(".dpkg-"))
    .sort((a, b) => compareDebianVersions(b, a));
  const found = releases.map((release) => `Found linux image: /boot/vmlinuz-${release}\n`);
  return {
    text: menu(settings, { ...device, boot, path: esp === undefined ? "/boot" : "" }, releases, root),
    said: `Generating grub configuration file ...\n${found.join("")}done\n`,
  };
}

/** By the UUID that /etc/fstab names, or of ZFS, whose own id is a number in hexadecimal. */
function rootDevice(root: RootFolder): { readonly id: string; readonly option: string } {
  const uuid = /^UUID=(\S+)\s+\/\s/m.exec(root.text("/etc/fstab"))?.[1];
  return uuid === undefined
    ? { id: "3b1c9d6cf2aa4e01", option: "ZFS=/ROOT/pve-1" }
    : { id: uuid, option: `UUID=${uuid}` };
}

interface Where {
  readonly id: string;
  /** What 10_linux puts behind `root=`. */
  readonly option: string;
  readonly boot: { readonly folder: string; readonly uuid: string };
  /** How GRUB names that folder on its file system. */
  readonly path: string;
}

function source(root: RootFolder): Settings {
  const dropIns = root.isFolder(`${SETTINGS}.d`)
    ? root.names(`${SETTINGS}.d`).filter((name) => name.endsWith(".cfg"))
    : [];
  const files = [SETTINGS, ...dropIns.sort().map((name) => `${SETTINGS}.d/${name}`)];
  const dots = files.filter((path) => root.exists(path)).map((path) => root.text(path));
  const shown = NAMES.map((name) => `printf '%s\\0' "$${name}"`);
  const script = [...dots, ...shown].join("\n");
  const values = execFileSync("/bin/sh", ["-c", script], {
    env: { PATH: "" },
    // Where `1>2` makes a file.
    cwd: root.folder,
    stdio: ["ignore", "pipe", "ignore"],
  })
    .toString()
    .split("\0");
  return Object.fromEntries(NAMES.map((name, at) => [name, values[at] ?? ""])) as Settings;
}

function menu(
  settings: Settings,
  { id: uuid, option, boot, path }: Where,
  releases: readonly string[],
  root: RootFolder,
): string {
  const chosen = settings.GRUB_DEFAULT === "" ? "0" : settings.GRUB_DEFAULT;
  const os = settings.GRUB_DISTRIBUTOR === "" ? "Debian GNU/Linux" : `${settings.GRUB_DISTRIBUTOR} GNU/Linux`;
  const entry = (title: string, id: string, release: string, line: string, indent: string): string =>
    [
      `menuentry '${title}' --class gnu-linux --class gnu --class os $menuentry_id_option '${id}' {`,
      "\tload_video",
      "\tinsmod gzio",
      "\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi",
      `\tsearch --no-floppy --fs-uuid --set=root ${boot.uuid}`,
      `\techo\t'Loading Linux ${release} ...'`,
      `\tlinux\t${path}/vmlinuz-${release} root=${option} ro ${line}`,
      ...(root.exists(`${boot.folder}/initrd.img-${release}`)
        ? ["\techo\t'Loading initial ramdisk ...'", `\tinitrd\t${path}/initrd.img-${release}`]
        : []),
      "}",
    ]
      .map((text) => `${indent}${text}\n`)
      .join("");
  const usual = `${settings.GRUB_CMDLINE_LINUX} ${settings.GRUB_CMDLINE_LINUX_DEFAULT}`;
  const submenus = !["true", "yes", "y"].includes(settings.GRUB_DISABLE_SUBMENU);
  const indent = submenus ? "\t" : "";
  const entries = releases.flatMap((release) => [
    entry(`${os}, with Linux ${release}`, `gnulinux-${release}-advanced-${uuid}`, release, usual, indent),
    ...(settings.GRUB_DISABLE_RECOVERY === "true"
      ? []
      : [
          entry(
            `${os}, with Linux ${release} (recovery mode)`,
            `gnulinux-${release}-recovery-${uuid}`,
            release,
            `single ${settings.GRUB_CMDLINE_LINUX}`,
            indent,
          ),
        ]),
  ]);
  const [newest] = releases;
  const linux =
    newest === undefined || !submenus
      ? entries.join("")
      : [
          entry(os, `gnulinux-simple-${uuid}`, newest, usual, ""),
          `submenu 'Advanced options for ${os}' $menuentry_id_option 'gnulinux-advanced-${uuid}' {\n`,
          ...entries,
          "}\n",
        ].join("");
  return `${header(chosen === "saved" ? "${saved_entry}" : chosen)}### BEGIN /etc/grub.d/10_linux ###\n${linux}### END /etc/grub.d/10_linux ###\n${CUSTOM}`;
}

const CUSTOM = `### BEGIN /etc/grub.d/41_custom ###
if [ -f  \${config_directory}/custom.cfg ]; then
  source \${config_directory}/custom.cfg
elif [ -z "\${config_directory}" -a -f  $prefix/custom.cfg ]; then
  source $prefix/custom.cfg
fi
### END /etc/grub.d/41_custom ###
`;

function header(chosen: string): string {
  return `#
# DO NOT EDIT THIS FILE
#

### BEGIN /etc/grub.d/00_header ###
if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="${chosen}"
fi

function savedefault {
  if [ -z "\${boot_once}" ]; then
    saved_entry="\${chosen}"
    save_env saved_entry
  fi
}
### END /etc/grub.d/00_header ###
`;
}
