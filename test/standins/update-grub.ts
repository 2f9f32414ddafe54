import { execFileSync } from "node:child_process";
import { compareDebianVersions } from "../../src/platform/debian/version.ts";
import type { Program } from "./program.ts";
import { succeeded, untaught } from "./program.ts";
import type { RootFolder } from "./root-folder.ts";

const SETTINGS = "/etc/default/grub";
const MENU = "/boot/grub/grub.cfg";
const ARCH_MAKER = "/usr/bin/grub-mkconfig";
const NAMES = [
  "GRUB_DEFAULT",
  "GRUB_DISTRIBUTOR",
  "GRUB_CMDLINE_LINUX",
  "GRUB_CMDLINE_LINUX_DEFAULT",
  "GRUB_DISABLE_RECOVERY",
  "GRUB_DISABLE_SUBMENU",
  "GRUB_TOP_LEVEL",
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

/** What differs between the 10_linux of distributions. */
interface Dialect {
  os(distributor: string): string;
  readonly access: "ro" | "rw";
  /** The newest first. */
  sorted(names: readonly string[]): readonly string[];
  initrd(name: string): string;
  /** Microcode, which stands before the initrd. */
  readonly early: readonly string[];
  /** Entries beside the usual one: what is in their titles, and their initrds. */
  readonly besides: Readonly<Record<string, (name: string) => string>>;
}

const DEBIAN: Dialect = {
  os: (distributor) => (distributor === "" ? "Debian GNU/Linux" : `${distributor} GNU/Linux`),
  access: "ro",
  sorted: (names) => names.toSorted((a, b) => compareDebianVersions(b, a)),
  initrd: (name) => `initrd.img-${name}`,
  early: [],
  besides: {},
};

/** GRUB 2.12 with Arch's patches, as they are published; it was never run here. The order is that of the real sort(1). */
const ARCH: Dialect = {
  os: (distributor) => (distributor === "" ? "Linux" : `${distributor} Linux`),
  access: "rw",
  sorted: (names) =>
    execFileSync("sort", ["-V", "-r"], { input: names.map((name) => `/boot/vmlinuz-${name} 2\n`).join("") })
      .toString()
      .split("\n")
      .flatMap((line) => /^\/boot\/vmlinuz-(.+) 2$/.exec(line)?.[1] ?? []),
  initrd: (name) => `initramfs-${name}.img`,
  early: ["intel-ucode.img", "amd-ucode.img"],
  besides: { fallback: (name) => `initramfs-${name}-fallback.img`, booster: (name) => `booster-${name}.img` },
};

/** grub-mkconfig(8) of Arch's GRUB, which alone names the menu that it makes. */
export const grubMkconfig: Program = (args, { root }) => {
  if (args.length !== 2 || args[0] !== "-o" || args[1] !== MENU) throw untaught("grub-mkconfig", args);
  const { text, said } = grubMenu(root, undefined, ARCH);
  root.overwrite(MENU, text, 0o600);
  return succeeded("", said);
};

/**
 * @param esp With this ESP mounted over /boot, as proxmox-boot-tool has it run: its folder, and the UUID of its FAT.
 */
export function grubMenu(
  root: RootFolder,
  esp?: { readonly folder: string; readonly uuid: string },
  dialect = DEBIAN,
): { readonly text: string; readonly said: string } {
  const settings = source(root);
  const device = rootDevice(root);
  const boot = esp ?? { folder: "/boot", uuid: device.id };
  const sorted = dialect.sorted(
    root
      .names(boot.folder)
      .flatMap((name) => /^vmlinuz-(.+)$/.exec(name)?.[1] ?? [])
      .filter((release) => !release.includes(".dpkg-")),
  );
  // Debian's 2.06 does not know it.
  const isFirst = (name: string): boolean =>
    dialect === ARCH && settings.GRUB_TOP_LEVEL === `/boot/vmlinuz-${name}`;
  const releases = [...sorted.filter(isFirst), ...sorted.filter((name) => !isFirst(name))];
  const found = releases.map((release) => `Found linux image: /boot/vmlinuz-${release}\n`);
  return {
    text: menu(
      settings,
      { ...device, boot, path: esp === undefined ? "/boot" : "" },
      releases,
      root,
      dialect,
    ),
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

/** Arch's grub-mkconfig reads drop-ins since a patch of theirs, which its text shows. */
function readsDropIns(root: RootFolder): boolean {
  return !root.exists(ARCH_MAKER) || root.text(ARCH_MAKER).includes("/default/grub.d/*.cfg");
}

function source(root: RootFolder): Settings {
  const dropIns =
    readsDropIns(root) && root.isFolder(`${SETTINGS}.d`)
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
  dialect: Dialect,
): string {
  const chosen = settings.GRUB_DEFAULT === "" ? "0" : settings.GRUB_DEFAULT;
  const os = dialect.os(settings.GRUB_DISTRIBUTOR);
  const early = dialect.early.filter((name) => root.exists(`${boot.folder}/${name}`));
  const entry = (
    title: string,
    id: string,
    release: string,
    line: string,
    indent: string,
    initrd = dialect.initrd(release),
  ): string =>
    [
      `menuentry '${title}' --class gnu-linux --class gnu --class os $menuentry_id_option '${id}' {`,
      "\tload_video",
      "\tinsmod gzio",
      "\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi",
      `\tsearch --no-floppy --fs-uuid --set=root ${boot.uuid}`,
      `\techo\t'Loading Linux ${release} ...'`,
      `\tlinux\t${path}/vmlinuz-${release} root=${option} ${dialect.access} ${line}`,
      ...(root.exists(`${boot.folder}/${initrd}`)
        ? [
            "\techo\t'Loading initial ramdisk ...'",
            `\tinitrd\t${[...early, initrd].map((name) => `${path}/${name}`).join(" ")}`,
          ]
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
    ...Object.entries(dialect.besides).flatMap(([kind, initrdOf]) =>
      root.exists(`${boot.folder}/${initrdOf(release)}`)
        ? [
            entry(
              `${os}, with Linux ${release} (${kind} initramfs)`,
              `gnulinux-${release}-${kind}-${uuid}`,
              release,
              usual,
              indent,
              initrdOf(release),
            ),
          ]
        : [],
    ),
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
