import { attempt, known } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { Fact, GrubFacts, GrubMenu, GrubOrder, GrubSettingsFile } from "../../model.ts";
import { parseEnvironmentBlock } from "./environment-block.ts";
import { parseMenu } from "./menu-text.ts";

export const MENU = "/boot/grub/grub.cfg";
export const SETTINGS = "/etc/default/grub";
export const DROP_INS = "/etc/default/grub.d";
export const ENVIRONMENT = "/boot/grub/grubenv";
const LIBRARY = "/usr/share/grub/grub-mkconfig_lib";
const HOOKS = ["/etc/kernel/postinst.d/zz-update-grub", "/usr/share/kernel/postinst.d/zz-update-grub"];

/** GRUB's files, or undefined on a host without a generated menu. */
export function readGrub(reader: Reader): GrubFacts | undefined {
  if (reader.stat(MENU) === undefined) return undefined;
  return {
    settings: readSettings(reader),
    menu: readMenu(reader),
    environment: attempt(ENVIRONMENT, () => parseEnvironmentBlock(reader.readText(ENVIRONMENT) ?? "")),
    order: readOrder(reader),
    hook: HOOKS.some((hook) => reader.stat(hook) !== undefined),
  };
}

/** /etc/default/grub, then /etc/default/grub.d/*.cfg in the order of sh's glob (grub-mkconfig). */
function readSettings(reader: Reader): Fact<readonly GrubSettingsFile[]> {
  return attempt(SETTINGS, () => {
    const dropIns = (reader.list(DROP_INS) ?? []).filter((name) => /^[^.].*\.cfg$/.test(name));
    const paths = [SETTINGS, ...dropIns.map((name) => `${DROP_INS}/${name}`)];
    return paths.flatMap((path): GrubSettingsFile[] => {
      const stat = reader.stat(path);
      const text = stat?.kind === "file" ? reader.readText(path) : undefined;
      if (stat === undefined || text === undefined) return [];
      const { mode, uid, gid } = stat;
      return [{ path: reader.realPath(path) ?? path, text, mode, uid, gid }];
    });
  });
}

function readMenu(reader: Reader): Fact<GrubMenu> {
  const menu = attempt(MENU, () => reader.readText(MENU));
  return menu.known ? known(parseMenu(menu.value)) : menu;
}

function readOrder(reader: Reader): GrubOrder {
  const library = attempt(LIBRARY, () => reader.readText(LIBRARY));
  return library.known && !library.value.includes("dpkg --compare-versions") ? "sort-V" : "dpkg";
}
