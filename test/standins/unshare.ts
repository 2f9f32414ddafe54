import { createHash } from "node:crypto";
import { ASIDE, ASIDE_ENTRY, TRIAL_ENTRY } from "../../src/boot/proxmox/aside.ts";
import {
  chooseOnceArgv,
  dropAsideArgv,
  putAsideArgv,
  withAsideDefault,
} from "../../src/boot/proxmox/put-aside.ts";
import { espQuery } from "../../src/host/queries.ts";
import type { EspLoader, PutAside } from "../../src/model/index.ts";
import { grubEditenv } from "./grub-editenv.ts";
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
    if (isSame(argv, dropAsideArgv({ ...dropped, only: "trial" }))) return dropTrial(dropped, machine);
    const [entry = "", image = "", initrd = "", ...esps] = argv.slice(8);
    const action: PutAside = {
      does: "put-aside",
      on,
      esps,
      ...(entry === "" ? {} : { copy: { entry, image, initrd } }),
    };
    if (isSame(argv, putAsideArgv(action))) return putAside(action, machine);
    const tried = ofTrial(on, argv.slice(8));
    if (isSame(argv, putAsideArgv(tried))) return putAside(tried, machine);
  }
  const [entry = "", ...esps] = argv.slice(8);
  if (isSame(argv, chooseOnceArgv(entry, esps))) return chooseOnce(entry, esps, machine);
  throw untaught("unshare", args);
};

function ofTrial(
  on: EspLoader,
  [trial = "", entry = "", image = "", initrd = "", ...esps]: readonly string[],
): PutAside {
  const copy = entry === "" ? undefined : { entry, image, initrd };
  return { does: "put-aside", on, esps, copy, trial };
}

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
      else putBlock("entry", copy.entry, uuid, machine);
    }
  }
  for (const uuid of esps) {
    const esp = `/esp/${uuid}`;
    if (trial !== undefined) {
      if (!root.isFolder(esp)) return failed(1, `mount: /dev/disk/by-uuid/${uuid} does not exist\n`);
      if (on === "grub") putBlock("trial", trial, uuid, machine);
      else {
        root.makeFolder(`${esp}/loader/entries`);
        put(esp + TRIAL_ENTRY, trial, machine);
      }
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

const BLOCKS = {
  entry: /^### BEGIN hostcfg: what this host [^]*?^### END hostcfg ###\n/m,
  trial: /^### BEGIN hostcfg: what is tried [^]*?^### END hostcfg try ###\n/m,
};

function putBlock(name: keyof typeof BLOCKS, text: string, uuid: string, machine: Machine): void {
  const custom = `/esp/${uuid}${CUSTOM}`;
  const others = ended(textOf(machine.root, custom).replace(BLOCKS[name], ""));
  put(custom, others + text.replace("@UUID@", () => uuid), machine);
}

function dropBlocks(blocks: readonly RegExp[], uuid: string, machine: Machine): void {
  const { root, moment } = machine;
  const custom = `/esp/${uuid}${CUSTOM}`;
  const text = blocks.reduce((left, block) => left.replace(block, ""), textOf(root, custom));
  root.remove(`/esp/${uuid}/grub/grubenv.new`);
  if (text !== "") put(custom, text, machine);
  else {
    root.remove(custom);
    moment(`removed ${custom}`);
  }
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
    else dropBlocks(Object.values(BLOCKS), uuid, machine);
  }
  return succeeded();
}

function dropTrial({ on, esps }: Pick<PutAside, "on" | "esps">, machine: Machine): Ran {
  const { root, moment } = machine;
  for (const uuid of esps) {
    if (on === "grub") {
      dropBlocks([BLOCKS.trial], uuid, machine);
      continue;
    }
    root.remove(`/esp/${uuid}${TRIAL_ENTRY}`);
    moment(`removed the entry of a trial on ${uuid}`);
  }
  return succeeded();
}

/** By grub-editenv, in a copy beside the block. */
function chooseOnce(entry: string, esps: readonly string[], machine: Machine): Ran {
  const { root } = machine;
  for (const uuid of esps) {
    const block = `/esp/${uuid}/grub/grubenv`;
    if (!root.isFolder(`/esp/${uuid}`)) return failed(1, `mount: /dev/disk/by-uuid/${uuid} does not exist\n`);
    if (!root.exists(block) && entry === "") continue;
    const copy = `${block}.new`;
    root.remove(copy);
    if (root.exists(block)) root.replace(copy, root.read(block));
    const asked = entry === "" ? ["unset", "next_entry"] : ["set", `next_entry=${entry}`];
    const ran = grubEditenv([copy, ...asked], machine);
    if (ran.exitCode !== 0) return ran;
    const text = root.read(copy);
    root.remove(copy);
    put(block, text, machine);
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
