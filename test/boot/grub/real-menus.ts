import { readFileSync } from "node:fs";

/** The lines of the entry that GRUB carried out, each without its command; what it did not carry out is absent. */
export interface Answer {
  /** Ids of the submenu and the entry, or titles where they have none, as GRUB itself joins them. */
  readonly entry: string;
  readonly linux?: string;
  readonly initrd?: string;
  readonly chainloader?: string;
}

export interface Menu {
  readonly what: string;
  /** What stands in /boot/grub; grubenv is padded, as it always is. */
  readonly files: Readonly<Record<string, string>> & { readonly "grub.cfg": string };
  /** By GRUB's version; the one that does not know a command of the menu was not asked. */
  readonly answers: Readonly<Record<string, Answer>>;
}

interface Recorded {
  readonly what: string;
  /** What the header says, in its double quotes. */
  readonly default?: string;
  /** grub.cfg, piece by piece: texts, and names of parts. */
  readonly menu: readonly string[];
  /** What stands beside it. */
  readonly files?: Readonly<Record<string, string>>;
  readonly answers: Menu["answers"];
}

interface RecordedMenus {
  /** What most menus have in common, as the scripts of /etc/grub.d write it, without what decides nothing. */
  readonly parts: Readonly<Record<string, string>>;
  readonly menus: readonly Recorded[];
}

const { parts, menus } = JSON.parse(
  readFileSync(new URL("real-menus.json", import.meta.url), "utf8"),
) as RecordedMenus;

/** As the real GRUB of Debian 12 and 13 answered under OVMF, each menu on a partition of its own. */
export const MENUS: readonly Menu[] = menus.map(
  ({ what, default: value = "", menu, files = {}, answers }) => ({
    what,
    files: {
      ...files,
      ...(files["grubenv"] === undefined ? {} : { grubenv: files["grubenv"].padEnd(1024, "#") }),
      "grub.cfg": menu
        .map((piece) => parts[piece] ?? piece)
        .join("")
        .replace("{default}", () => value),
    },
    answers,
  }),
);
