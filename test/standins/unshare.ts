import { createHash } from "node:crypto";
import { ASIDE, ASIDE_ENTRY, TRIAL_ENTRY } from "../../src/boot/proxmox/aside.ts";
import { dropAsideArgv, putAsideArgv, withAsideDefault } from "../../src/boot/proxmox/put-aside.ts";
import { espQuery } from "../../src/host/queries.ts";
import type { PutAside } from "../../src/model/index.ts";
import type { Machine, Program, Ran } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";
import { filesBelow, freeBytes } from "./proxmox-boot-tool.ts";
import type { RootFolder } from "./root-folder.ts";

/**
 * unshare(1), only for hostcfg's own scripts: a look into an ESP, which is the folder /esp/UUID of the root, and what is put
 * aside on them and taken away again. It does what the real scripts do there.
 */
export const unshare: Program = (args, machine) => {
  const { root } = machine;
  const uuid = args.at(-1) ?? "";
  const argv = ["unshare", ...args];
  if (isSame(argv, espQuery(uuid))) {
    const esp = `/esp/${uuid}`;
    return succeeded(root.isFolder(esp) ? contentOf(root, esp) : "away\n");
  }
  for (const on of ["systemd-boot", "grub"] as const) {
    const dropped = { on, esps: argv.slice(8) };
    if (isSame(argv, dropAsideArgv(dropped))) return dropAside(dropped, machine);
    if (isSame(argv, dropAsideArgv({ ...dropped, only: "trial" }))) return dropTrial(dropped.esps, machine);
    const [entry = "", image = "", initrd = "", ...esps] = argv.slice(8);
    const action: PutAside = {
      does: "put-aside",
      on,
      esps,
      ...(entry === "" ? {} : { copy: { entry, image, initrd } }),
    };
    if (isSame(argv, putAsideArgv(action))) return putAside(action, machine);
  }
  const [trial = "", entry = "", image = "", initrd = "", ...esps] = argv.slice(8);
  const copy = entry === "" ? undefined : { entry, image, initrd };
  const tried: PutAside = { does: "put-aside", on: "systemd-boot", esps, copy, trial };
  if (isSame(argv, putAsideArgv(tried))) return putAside(tried, machine);
  throw untaught("unshare", args);
};

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.join("\0") === b.join("\0");
}

function putAside({ on, esps, copy, trial }: PutAside, machine: Machine): Ran {
  const { root } = machine;
  for (const uuid of esps) {
    const esp = `/esp/${uuid}`;
    if (!root.isFolder(esp)) return failed(1, `mount: /dev/disk/by-uuid/${uuid} does not exist\n`);
    if (copy !== undefined) {
      root.makeFolder(`${esp}/EFI/hostcfg/way-back`);
      if (on === "systemd-boot") root.makeFolder(`${esp}/loader/entries`);
      for (const part of ["image", "initrd"] as const) {
        const content = root.read(esp + copy[part]);
        if (content.length > freeBytes(root, esp)) return failed(1, "cp: No space left on device\n");
        put(esp + ASIDE[part], content, machine);
      }
      if (on === "systemd-boot") put(esp + ASIDE_ENTRY, copy.entry, machine);
      else
        put(
          esp + CUSTOM,
          ended(withoutBlock(textOf(root, esp + CUSTOM))) + copy.entry.replace("@UUID@", () => uuid),
          machine,
        );
    }
  }
  for (const uuid of esps) {
    const esp = `/esp/${uuid}`;
    if (trial !== undefined) {
      if (!root.isFolder(esp)) return failed(1, `mount: /dev/disk/by-uuid/${uuid} does not exist\n`);
      root.makeFolder(`${esp}/loader/entries`);
      put(esp + TRIAL_ENTRY, trial, machine);
      continue;
    }
    if (on === "grub") {
      const menu = root.text(esp + MENU);
      if (!menu.includes(DEFAULT)) put(esp + MENU, ended(menu) + DEFAULT, machine);
      continue;
    }
    const conf = `${esp}/loader/loader.conf`;
    put(conf, withAsideDefault(root.text(conf)), machine);
  }
  return succeeded();
}

const [MENU, CUSTOM] = ["/grub/grub.cfg", "/grub/custom.cfg"];
const DEFAULT =
  "# Written by hostcfg: until proxmox-boot-tool makes this menu anew.\nset default=hostcfg-way-back\n";

function textOf(root: RootFolder, path: string): string {
  return root.exists(path) ? root.text(path) : "";
}

function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function withoutBlock(text: string): string {
  return text.replace(/^### BEGIN hostcfg:[^]*?^### END hostcfg ###\n/m, "");
}

function dropAside({ on, esps }: Pick<PutAside, "on" | "esps">, machine: Machine): Ran {
  const { root, moment } = machine;
  for (const uuid of esps) {
    const esp = `/esp/${uuid}`;
    const take = (path: string): void => {
      root.remove(esp + path);
      moment(`removed ${esp}${path}`);
    };
    const menu = on === "grub" ? root.text(esp + MENU) : "";
    if (menu.includes(DEFAULT)) put(esp + MENU, menu.replace(DEFAULT, ""), machine);
    take(ASIDE.image);
    take(ASIDE.initrd);
    for (const folder of ["/EFI/hostcfg/way-back", "/EFI/hostcfg"])
      if (root.isFolder(esp + folder) && root.names(esp + folder).length === 0)
        root.removeFolder(esp + folder);
    if (on === "systemd-boot") take(ASIDE_ENTRY);
    else {
      const custom = withoutBlock(textOf(root, esp + CUSTOM));
      if (custom === "") take(CUSTOM);
      else put(esp + CUSTOM, custom, machine);
    }
  }
  return succeeded();
}

function dropTrial(esps: readonly string[], { root, moment }: Machine): Ran {
  for (const uuid of esps) {
    root.remove(`/esp/${uuid}${TRIAL_ENTRY}`);
    moment(`removed the entry of a trial on ${uuid}`);
  }
  return succeeded();
}

/** A cut finds the old file or the new one. */
function put(path: string, content: Buffer | string, { root, moment }: Machine): void {
  if (root.exists(path) && root.read(path).equals(Buffer.from(content))) return;
  moment(`about to put ${path} in its place`);
  root.replace(path, content, root.exists(path) ? root.mode(path) : 0o644);
  moment(`put ${path} in its place`);
}

function contentOf(root: RootFolder, esp: string): string {
  const inside = filesBelow(root, esp).map((path) => path.slice(esp.length + 1));
  const isText = (path: string): boolean =>
    /^(?:loader\/(?:loader\.conf|entries\/[^/]*\.conf)|grub\/(?:grub\.cfg|custom\.cfg|grubenv))$/.test(path);
  const isKernel = (path: string): boolean =>
    /^(?:EFI\/(?:proxmox|hostcfg)\/|vmlinuz-|initrd\.img-)/i.test(path);
  const read = (path: string): Buffer => root.read(`${esp}/${path}`);
  return [
    `free ${freeBytes(root, esp)} 1`,
    ...inside.filter(isText).map((path) => `text ${read(path).toString("base64")} ${path}`),
    ...foldersBelow(root, esp).map((path) => `folder ${path.slice(esp.length + 1)}`),
    ...inside.map((path) => `file ${read(path).length} ${path}`),
    ...inside
      .filter(isKernel)
      .map((path) => `${createHash("sha256").update(read(path)).digest("hex")}  ./${path}`),
    "",
  ].join("\n");
}

function foldersBelow(root: RootFolder, folder: string): string[] {
  const inside = root.names(folder).filter((name) => root.isFolder(`${folder}/${name}`));
  return inside.flatMap((name) => [`${folder}/${name}`, ...foldersBelow(root, `${folder}/${name}`)]);
}
