import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { choose } from "../../../src/boot/bls/choice.ts";
import { readEntries } from "../../../src/boot/bls/entries.ts";
import { readDefault } from "../../../src/boot/bls/loader-default.ts";
import { inMenuOrder, isShown } from "../../../src/boot/bls/order.ts";
import { readOtherEntries } from "../../../src/boot/bls/other-entries.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import { RootTree } from "../../../src/host/root-tree.ts";
import type { Fact, LoaderEntry } from "../../../src/model/index.ts";
import type { Menu } from "./real-menus.ts";
import { MENUS, filesOf } from "./real-menus.ts";

const VERSIONS: Readonly<Record<string, string>> = { 252: "252.39-1~deb12u2", 257: "257.13-1~deb13u1" };

const [ESP, BOOT] = ["/boot/efi", "/boot"];
const VARIABLES = "/sys/firmware/efi/efivars";
const GUID = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

function build(root: string, menu: Menu, version: string): LinkReader {
  const put = (path: string, content: Buffer | string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const [place, files] of [
    [ESP, menu.esp],
    [BOOT, menu.boot ?? {}],
  ] as const)
    for (const [path, content] of Object.entries(filesOf(files))) put(posix.join(place, path), content);
  const variables = { LoaderInfo: `systemd-boot ${VERSIONS[version] ?? version}`, ...menu.variables };
  for (const [name, value] of Object.entries(variables))
    put(`${VARIABLES}/${name}-${GUID}`, Buffer.from(`\x07\0${value}\0`, "utf16le"));
  return new LinkReader(new RootTree({ root, commands: "none" }));
}

function must<T>(fact: Fact<T>): T {
  if (!fact.known) throw new Error(fact.why);
  return fact.value;
}

function said(menu: Menu, version: string): { shows: string[]; starts: string | undefined } {
  const root = mkdtempSync(join(tmpdir(), "hostcfg-menu-"));
  try {
    const reader = build(root, menu, version);
    const places = menu.boot === undefined ? [ESP] : [ESP, BOOT];
    const entries = [
      ...places.flatMap((place) => must(readEntries(reader, place, () => false))),
      ...readOtherEntries(reader, places),
    ];
    const setting = must(readDefault(reader, ESP));
    const chosen = choose(entries, setting)?.entry;
    const file = (chosen?.image ?? chosen?.program)?.path;
    // What the loader finds by itself comes last.
    const shown = entries.filter(isShown);
    const listed = shown.filter(({ kind }) => kind !== "auto");
    const shows = [...inMenuOrder(listed), ...shown.filter(({ kind }) => kind === "auto")];
    return {
      shows: shows.map(titleOf),
      // Before the start the loader has counted down.
      starts: file && uncounted(file).replace(menu.boot === undefined ? ESP : /^\/boot(\/efi)?/, ""),
    };
  } finally {
    rmSync(root, { recursive: true });
  }
}

function uncounted(path: string): string {
  return path.replace(/\+\d+(-\d+)?(?=\.efi$)/, "");
}

const AUTO: Readonly<Record<string, string>> = {
  "auto-windows": "Windows Boot Manager",
  "auto-efi-shell": "EFI Shell",
  "auto-efi-default": "EFI Default Loader",
  "auto-osx": "macOS",
};

function titleOf({ id, kind, title }: LoaderEntry): string {
  return kind === "auto" ? (AUTO[id] ?? id) : (title ?? id);
}

describe.each(Object.keys(VERSIONS))("as real systemd-boot %s answered", (version) => {
  it.each(MENUS.map((menu) => [menu.what, menu] as const))("%s", (_what, menu) => {
    const answer = menu.answers[version];
    if (answer === undefined) throw new Error(`systemd-boot ${version} was not asked`);
    const ours = said(menu, version);
    // Titles that are not unique get a version or an id behind them.
    const shows = answer.shows.map((title, at) =>
      title.startsWith(`${ours.shows[at]} (`) ? ours.shows[at] : title,
    );
    expect(ours).toEqual({ shows, starts: uncounted(answer.starts) });
  });
});
