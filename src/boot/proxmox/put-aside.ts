import { posix } from "node:path";
import type { BootFile, EspContent, PutAside } from "../../model/index.ts";
import { ENTRIES } from "../bls/entries.ts";
import { WAY_BACK_COPIES, WAY_BACK_HEADING, wayBackFolder, wayBackTitle } from "../bls/way-back-entry.ts";
import { WAY_BACK_ID } from "../way-back.ts";
import { LOADER_CONF } from "./host.ts";
import { isSamePath } from "./read-esps.ts";
import { fileAt, withToolsDefault } from "./refresh.ts";

/** hostcfg's own files on an ESP, from its root: the tool's refresh, clean and removals leave them alone. */
export const ASIDE = {
  entry: `/${ENTRIES}/${WAY_BACK_ID}.conf`,
  image: posix.join(wayBackFolder("/"), WAY_BACK_COPIES.image),
  initrd: posix.join(wayBackFolder("/"), WAY_BACK_COPIES.initrd),
} as const;

export const ASIDE_DEFAULT = `${WAY_BACK_ID}.conf`;

/**
 * Mounts one ESP after the other, in a mount namespace that ends with the process. Every file comes whole under its name:
 * written beside it, flushed, renamed, and flushed again, for on vfat the rename itself is only in memory. The default
 * comes last, once every ESP has the copies, by the line that the tool's own sed replaces. Where an ESP is mounted already,
 * it is written there.
 */
const PUT_ASIDE = [
  "set -eu",
  "export LC_ALL=C",
  "entry=$1 image=$2 initrd=$3",
  "shift 3",
  "put() {",
  '  sync -- "$1"',
  '  mv -- "$1" "$2"',
  '  sync -- "$2" "${2%/*}"',
  "}",
  "keep() {",
  '  if cmp -s -- "$1" "$2"; then return; fi',
  '  cp -- "$1" "$2.new" || { rm -f -- "$2.new"; exit 1; }',
  '  put "$2.new" "$2"',
  "}",
  '[ -z "$entry" ] ||',
  ...onEach([
    "  mkdir -p EFI/hostcfg/way-back loader/entries",
    "  sync -- EFI EFI/hostcfg EFI/hostcfg/way-back loader",
    `  keep "./$image" ./${ASIDE.image.slice(1)}`,
    `  keep "./$initrd" ./${ASIDE.initrd.slice(1)}`,
    `  printf %s "$entry" >./${ASIDE.entry.slice(1)}.new`,
    `  put ./${ASIDE.entry.slice(1)}.new ./${ASIDE.entry.slice(1)}`,
  ]),
  ...onEach([
    "  conf=./loader/loader.conf",
    `  if grep -q '^default ' "$conf"; then`,
    `    sed 's/^default .*$/default ${ASIDE_DEFAULT}/' "$conf" >"$conf.new"`,
    "  else",
    `    { sed -e '$a\\' "$conf"; echo 'default ${ASIDE_DEFAULT}'; } >"$conf.new"`,
    "  fi",
    '  put "$conf.new" "$conf"',
  ]),
].join("\n");

const DROP_ASIDE = [
  "set -eu",
  "export LC_ALL=C",
  ...onEach([
    // With what a cut left half written beside them.
    `  for each in ./${ASIDE.image.slice(1)} ./${ASIDE.initrd.slice(1)}; do rm -f -- "$each" "$each.new"; done`,
    `  rm -f -- ./${ASIDE.entry.slice(1)}.new ./loader/loader.conf.new`,
    "  if [ -d EFI/hostcfg/way-back ]; then",
    "    rmdir -p --ignore-fail-on-non-empty -- EFI/hostcfg/way-back",
    "  fi",
    // Last, so that a cut leaves it to tell of the rest.
    `  rm -f -- ./${ASIDE.entry.slice(1)}`,
    "  sync -- EFI loader/entries",
  ]),
].join("\n");

/** Runs the lines in the folder of each ESP that the arguments name by their UUIDs. */
function onEach(lines: readonly string[]): readonly string[] {
  return [
    "for uuid do",
    "  cd /",
    "  dev=/dev/disk/by-uuid/$uuid",
    `  at=$(findmnt --noheadings --raw --types vfat --output FSROOT,TARGET --source "$dev" | sed -n 's,^/ ,,p' | head -n 1)`,
    '  [ -n "$at" ] || { at=/mnt; mount -t vfat -o nosuid,nodev,noexec,umask=0077 "$dev" "$at"; }',
    '  cd "$at"',
    ...lines,
    "  cd /",
    '  if [ "$at" = /mnt ]; then umount /mnt; fi',
    "done",
  ];
}

const IN_NAMESPACE = ["unshare", "--mount", "--propagation", "private", "sh", "-c"] as const;

export function putAsideArgv({ esps, copy }: PutAside): readonly string[] {
  const { entry = "", image = "", initrd = "" } = copy ?? {};
  const its = [entry, image, initrd];
  return [...IN_NAMESPACE, PUT_ASIDE, "sh", ...its, ...esps];
}

export function dropAsideArgv(esps: readonly string[]): readonly string[] {
  return [...IN_NAMESPACE, DROP_ASIDE, "sh", ...esps];
}

/** The entry of what boots now. It has no sort key, so none of the tool's entries comes behind it for it. */
export function asideText(what: { readonly release: string; readonly options: string }): string {
  return [
    WAY_BACK_HEADING,
    `title    ${wayBackTitle(`Proxmox VE, ${what.release}`)}`,
    `version  ${what.release}`,
    `options  ${what.options}`,
    `linux    ${ASIDE.image}`,
    `initrd   ${ASIDE.initrd}`,
    "",
  ].join("\n");
}

/** An ESP after that. */
export function withAside(content: EspContent, { copy }: PutAside): EspContent {
  const conf = content.texts.find(({ path }) => isSamePath(path, LOADER_CONF));
  const texts = [
    { path: conf?.path ?? LOADER_CONF, text: withAsideDefault(conf?.text ?? "") },
    ...(copy === undefined ? [] : [{ path: ASIDE.entry, text: copy.entry }]),
  ];
  const files =
    copy === undefined
      ? []
      : (["image", "initrd"] as const).flatMap((part): BootFile[] => {
          const from = fileAt(content, copy[part]);
          return from === undefined ? [] : [{ ...from, path: ASIDE[part] }];
        });
  return { ...content, texts: merged(content.texts, texts), files: merged(content.files, files) };
}

/** As the script does it: as the tool's sed, but an empty file gets a line too. */
export function withAsideDefault(text: string): string {
  return text === "" ? `default ${ASIDE_DEFAULT}\n` : withToolsDefault(text, ASIDE_DEFAULT);
}

export function withoutAside(content: EspContent): EspContent {
  const files = Object.values(ASIDE);
  const ours = [...files, ...[...files, LOADER_CONF].map((path) => `${path}.new`)];
  const isOurs = ({ path }: { readonly path: string }): boolean => ours.some((one) => isSamePath(one, path));
  return {
    ...content,
    texts: content.texts.filter((one) => !isOurs(one)),
    files: content.files.filter((one) => !isOurs(one)),
  };
}

function merged<T extends { readonly path: string }>(before: readonly T[], added: readonly T[]): T[] {
  const stay = before.filter(({ path }) => !added.some((one) => isSamePath(one.path, path)));
  return [...stay, ...added].sort((a, b) => (a.path < b.path ? -1 : 1));
}
