import { createHash } from "node:crypto";
import { espQuery } from "../../src/host/queries.ts";
import type { Program } from "./program.ts";
import { succeeded, untaught } from "./program.ts";
import { filesBelow, freeBytes } from "./proxmox-boot-tool.ts";
import type { RootFolder } from "./root-folder.ts";

/** unshare(1), only for a look into an ESP, which is the folder /esp/UUID of the root: what the real script prints of it. */
export const unshare: Program = (args, { root }) => {
  const uuid = args.at(-1) ?? "";
  if (["unshare", ...args].join("\0") !== espQuery(uuid).join("\0")) throw untaught("unshare", args);
  const esp = `/esp/${uuid}`;
  return succeeded(root.isFolder(esp) ? contentOf(root, esp) : "away\n");
};

function contentOf(root: RootFolder, esp: string): string {
  const inside = filesBelow(root, esp).map((path) => path.slice(esp.length + 1));
  const isText = (path: string): boolean => /^loader\/(?:loader\.conf|entries\/[^/]*\.conf)$/.test(path);
  const isKernel = (path: string): boolean => /^EFI\/(?:proxmox|hostcfg)\//i.test(path);
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
