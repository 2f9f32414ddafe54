import type { BootFile, DropAside, EspContent, EspLoader, PutAside } from "../../model/index.ts";
import { WAY_BACK_HEADING, wayBackTitle } from "../bls/way-back-entry.ts";
import { ASIDE, ASIDE_DEFAULT, ASIDE_ENTRY, TRIAL_ENTRY } from "./aside.ts";
import { withAsideOfGrub, withoutAsideOfGrub, withoutTrialOfGrub } from "./grub-aside.ts";
import { LOADER_CONF } from "./host.ts";
import type { AsideLines } from "./put-aside-lines.ts";
import { LINES, PUT } from "./put-aside-lines.ts";
import { isSamePath } from "./read-esps.ts";
import { fileAt, withToolsDefault } from "./refresh.ts";

/**
 * Mounts one ESP after the other, in a mount namespace that ends with the process. Every file comes whole under its name:
 * written beside it, flushed, renamed, and flushed again, for on vfat the rename itself is only in memory. The default
 * comes last, once every ESP has the copies, where the tool's refresh writes its own. Where an ESP is mounted already, it
 * is written there.
 */
const PUT_ASIDE = forEach((lines) => [...copying(lines), ...onEach(lines.makeDefault)].join("\n"));

function copying({ entry }: AsideLines): readonly string[] {
  return [
    "set -eu",
    "export LC_ALL=C",
    "entry=$1 image=$2 initrd=$3",
    "shift 3",
    ...PUT,
    "keep() {",
    '  if cmp -s -- "$1" "$2"; then return; fi',
    '  cp -- "$1" "$2.new" || { rm -f -- "$2.new"; exit 1; }',
    '  put "$2.new" "$2"',
    "}",
    '[ -z "$entry" ] ||',
    ...onEach([
      "  mkdir -p EFI/hostcfg/way-back",
      "  sync -- EFI EFI/hostcfg EFI/hostcfg/way-back",
      `  keep "./$image" .${ASIDE.image}`,
      `  keep "./$initrd" .${ASIDE.initrd}`,
      ...entry,
    ]),
  ];
}

/** The same for a trial, which has no other default set until a refresh. */
const PUT_TRIAL = forEach((lines) =>
  ["trial=$1", "shift 1", ...copying(lines), ...onEach(lines.trial)].join("\n"),
);

const DROP_TRIAL = forEach(({ dropTrial }) =>
  ["set -eu", "export LC_ALL=C", ...PUT, ...onEach(dropTrial)].join("\n"),
);

/** Beside the block, for grub-editenv truncates what it writes. Nothing is taken out of one that is not there. */
const CHOOSE_ONCE = [
  "set -eu",
  "export LC_ALL=C",
  "once=$1",
  "shift 1",
  ...PUT,
  ...onEach([
    "  block=./grub/grubenv",
    '  if [ -e "$block" ] || [ -n "$once" ]; then',
    '    rm -f -- "$block.new"',
    '    if [ -e "$block" ]; then cp -- "$block" "$block.new"; fi',
    '    if [ -n "$once" ]; then grub-editenv "$block.new" set "next_entry=$once"',
    '    else grub-editenv "$block.new" unset next_entry; fi',
    '    put "$block.new" "$block"',
    "  fi",
  ]),
].join("\n");

const DROP_ASIDE = forEach(({ dropDefault, dropEntry }) =>
  [
    "set -eu",
    "export LC_ALL=C",
    ...PUT,
    ...onEach([
      ...dropDefault,
      // With what a cut left half written beside them.
      `  for each in .${ASIDE.image} .${ASIDE.initrd}; do rm -f -- "$each" "$each.new"; done`,
      "  if [ -d EFI/hostcfg/way-back ]; then",
      "    rmdir -p --ignore-fail-on-non-empty -- EFI/hostcfg/way-back",
      "  fi",
      // Last, so that a cut leaves it to tell of the rest.
      ...dropEntry,
    ]),
  ].join("\n"),
);

function forEach(text: (lines: AsideLines) => string): Readonly<Record<EspLoader, string>> {
  return { "systemd-boot": text(LINES["systemd-boot"]), grub: text(LINES.grub) };
}

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

export function putAsideArgv({ on, esps, copy, trial }: PutAside): readonly string[] {
  const { entry = "", image = "", initrd = "" } = copy ?? {};
  const its = [entry, image, initrd];
  return trial === undefined
    ? [...IN_NAMESPACE, PUT_ASIDE[on], "sh", ...its, ...esps]
    : [...IN_NAMESPACE, PUT_TRIAL[on], "sh", trial, ...its, ...esps];
}

/** @param entry Empty for none. */
export function chooseOnceArgv(entry: string, esps: readonly string[]): readonly string[] {
  return [...IN_NAMESPACE, CHOOSE_ONCE, "sh", entry, ...esps];
}

export function dropAsideArgv({ on, esps, only }: Omit<DropAside, "does">): readonly string[] {
  return [...IN_NAMESPACE, (only === "trial" ? DROP_TRIAL : DROP_ASIDE)[on], "sh", ...esps];
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

/** The entry of what is tried, which starts what the tool copied there. */
export function trialText(what: {
  readonly release: string;
  readonly options: string;
  readonly image: string;
  readonly initrd: string;
}): string {
  return [
    "# Written by hostcfg: what is tried once (hostcfg try).",
    `title    Proxmox VE, ${what.release} (hostcfg's trial)`,
    `version  ${what.release}`,
    `options  ${what.options}`,
    `linux    ${what.image}`,
    `initrd   ${what.initrd}`,
    "",
  ].join("\n");
}

/** An ESP after that. */
export function withAside(uuid: string, content: EspContent, { on, copy, trial }: PutAside): EspContent {
  const files = merged(content.files, copy === undefined ? [] : copies(content, copy));
  if (on === "grub")
    return { ...content, files, ...withAsideOfGrub(uuid, content, { entry: copy?.entry, trial }) };
  const conf = content.texts.find(({ path }) => isSamePath(path, LOADER_CONF));
  const texts = [
    trial === undefined
      ? { path: conf?.path ?? LOADER_CONF, text: withAsideDefault(conf?.text ?? "") }
      : { path: TRIAL_ENTRY, text: trial },
    ...(copy === undefined ? [] : [{ path: ASIDE_ENTRY, text: copy.entry }]),
  ];
  return { ...content, texts: merged(content.texts, texts), files };
}

function copies(content: EspContent, copy: NonNullable<PutAside["copy"]>): BootFile[] {
  return (["image", "initrd"] as const).flatMap((part) => {
    const from = fileAt(content, copy[part]);
    return from === undefined ? [] : [{ ...from, path: ASIDE[part] }];
  });
}

/** As the script does it: as the tool's sed, but an empty file gets a line too. */
export function withAsideDefault(text: string): string {
  return text === "" ? `default ${ASIDE_DEFAULT}\n` : withToolsDefault(text, ASIDE_DEFAULT);
}

/** What hostcfg writes of GRUB's beside its menu. */
const GRUB_FILES = ["/grub/custom.cfg", "/grub/grubenv"] as const;

export function withoutTrial(content: EspContent): EspContent {
  const begun = [TRIAL_ENTRY, ...GRUB_FILES].map((path) => `${path}.new`);
  return {
    ...content,
    ...withoutTrialOfGrub(content),
    texts: content.texts.filter(({ path }) => !isSamePath(path, TRIAL_ENTRY)),
    files: content.files.filter(({ path }) => !begun.some((one) => isSamePath(one, path))),
  };
}

export function withoutAside(content: EspContent): EspContent {
  const files = [...Object.values(ASIDE), ASIDE_ENTRY];
  const written = [...files, LOADER_CONF, "/grub/grub.cfg", ...GRUB_FILES];
  const ours = [...files, ...written.map((path) => `${path}.new`)];
  const isOurs = ({ path }: { readonly path: string }): boolean => ours.some((one) => isSamePath(one, path));
  return {
    ...content,
    ...withoutAsideOfGrub(content),
    texts: content.texts.filter((one) => !isOurs(one)),
    files: content.files.filter((one) => !isOurs(one)),
  };
}

function merged<T extends { readonly path: string }>(before: readonly T[], added: readonly T[]): T[] {
  const stay = before.filter(({ path }) => !added.some((one) => isSamePath(one.path, path)));
  return [...stay, ...added].sort((a, b) => (a.path < b.path ? -1 : 1));
}
