import { attempt, known } from "../../facts/fact.ts";
import { NEXT_BOOT_PIN, pinOf } from "../proxmox/probe.ts";
import { ifRecorded } from "../../facts/unrecorded.ts";
import type { Reader } from "../../host/reader.ts";
import type {
  Fact,
  GrubCustom,
  GrubFacts,
  GrubGenerator,
  GrubMenu,
  GrubSettingsFile,
  Running,
  TextFile,
} from "../../model/index.ts";
import { readCopies } from "../bls/copies.ts";
import { readPlatform } from "../firmware.ts";
import { WAY_BACK_FOLDER } from "../way-back.ts";
import { bootedEntry } from "./booted-entry.ts";
import { parseEnvironmentBlock } from "./environment-block.ts";
import { readGenerator } from "./generator.ts";
import type { MenuContext } from "./menu-text.ts";
import { contextOf, parseMenu } from "./menu-text.ts";

export const MENU = "/boot/grub/grub.cfg";
/** The menu of Fedora, SUSE and others, which hostcfg does not drive. */
export const OTHER_MENU = "/boot/grub2/grub.cfg";
/** All that is read as a menu of GRUB's: a capture leaves passwords out of each. */
export const GRUB_MENUS = [MENU, OTHER_MENU];
export const CUSTOM = "/boot/grub/custom.cfg";
export const SETTINGS = "/etc/default/grub";
export const DROP_INS = "/etc/default/grub.d";
export const ENVIRONMENT = "/boot/grub/grubenv";
const HOOKS = ["/etc/kernel/postinst.d/zz-update-grub", "/usr/share/kernel/postinst.d/zz-update-grub"];

/** GRUB's files, or undefined on a host without a generated menu. */
export function readGrub(reader: Reader, { cmdline }: Pick<Running, "cmdline">): GrubFacts | undefined {
  if (reader.stat(MENU) === undefined) return undefined;
  const text = attempt(MENU, () => reader.readText(MENU));
  const environment = attempt(ENVIRONMENT, () => parseEnvironmentBlock(reader.readText(ENVIRONMENT) ?? ""));
  const platform = readPlatform(reader);
  const context = contextOf({ environment, platform });
  const menu = text.known ? known(parseMenu(text.value, context)) : text;
  const generator = readGenerator(reader);
  return {
    settings: readSettings(reader, generator),
    menu,
    booted: !text.known ? text : cmdline.known ? bootedEntry(text.value, cmdline.value) : cmdline,
    custom: readCustom(reader, menu, context),
    environment,
    platform,
    generator,
    ...nextBootPin(reader),
    ...copiesAside(reader),
    ...(isOlderThanPackage(reader) ? { notReinstalled: true } : {}),
    hook: HOOKS.some((hook) => reader.stat(hook) !== undefined),
  };
}

/** Of any module: all are of one build, with the core image that grub-install makes at the same time. */
function isOlderThanPackage(reader: Reader): boolean {
  return ["x86_64-efi", "i386-pc"].some((target) => {
    const [used, packaged] = ["/boot/grub", "/usr/lib/grub"].map((folder) => {
      const path = `${folder}/${target}/normal.mod`;
      const digest = attempt(path, () => ifRecorded(() => reader.digest(path)?.sha256));
      return digest.known ? digest.value : undefined;
    });
    return used !== undefined && packaged !== undefined && used !== packaged;
  });
}

function copiesAside(reader: Reader): Pick<GrubFacts, "copies"> {
  const copies = attempt(WAY_BACK_FOLDER, () => {
    const names = ifRecorded(() => reader.list(WAY_BACK_FOLDER)) ?? [];
    return readCopies(
      reader,
      names.map((name) => `${WAY_BACK_FOLDER}/${name}`),
      [],
    );
  });
  return copies.known && copies.value.length > 0 ? { copies: copies.value } : {};
}

/** Where GRUB starts from /boot, proxmox-boot-tool writes a drop-in for a pin, whether it is for one boot or for good. */
export const PROXMOX_PIN = `${DROP_INS}/proxmox-kernel-pin.cfg`;

function nextBootPin(reader: Reader): Pick<GrubFacts, "nextBootPin"> {
  const text = attempt(NEXT_BOOT_PIN, () => ifRecorded(() => reader.readText(NEXT_BOOT_PIN)) ?? "");
  const release = text.known ? pinOf(text.value) : undefined;
  return release === undefined ? {} : { nextBootPin: release };
}

/** /etc/default/grub, then /etc/default/grub.d/*.cfg in the order of sh's glob, where grub-mkconfig reads these. */
function readSettings(
  reader: Reader,
  { dropIns: areRead }: GrubGenerator,
): Fact<readonly GrubSettingsFile[]> {
  return attempt(SETTINGS, () => {
    const dropIns = (areRead === false ? [] : (reader.list(DROP_INS) ?? [])).filter((name) =>
      /^[^.].*\.cfg$/.test(name),
    );
    const paths = [SETTINGS, ...dropIns.map((name) => `${DROP_INS}/${name}`)];
    return paths.flatMap((path) => textFile(reader, path) ?? []);
  });
}

function textFile(reader: Reader, path: string): TextFile | undefined {
  const stat = reader.stat(path);
  const text = stat?.kind === "file" ? reader.readText(path) : undefined;
  if (stat === undefined || text === undefined) return undefined;
  const { mode, uid, gid } = stat;
  return { path: reader.realPath(path) ?? path, text, mode, uid, gid };
}

function readCustom(reader: Reader, menu: Fact<GrubMenu>, context: MenuContext): GrubCustom {
  const sourced = menu.known && menu.value.customAt !== undefined;
  const stat = sourced ? reader.lstat(CUSTOM) : undefined;
  if (stat === undefined || !menu.known) return { sourced };
  const file = textFile(reader, CUSTOM);
  // What is no text file is not written to, and the hash of a password shall be in no plan.
  if (file === undefined) return { sourced: false };
  const its = { menu: parseMenu(file.text, { ...context, partOf: menu.value }) };
  return PASSWORD.test(file.text) ? { sourced: false, ...its } : { sourced, file, ...its };
}

/** `password USER TEXT` and `password_pbkdf2 USER HASH` (GRUB manual, "Security"). */
const PASSWORD = /^(\s*password\w*\s+\S+).*$/m;

/** A menu as it may be shown to others. */
export function withoutPasswords(menu: string): string {
  return menu.replaceAll(new RegExp(PASSWORD, "gm"), "$1");
}
