import type { EspLoader } from "../../model/index.ts";
import { WAY_BACK_ID } from "../way-back.ts";
import { ASIDE_DEFAULT, ASIDE_ENTRY, TRIAL_ENTRY } from "./aside.ts";

/** What differs between the loaders in the scripts that put something aside on an ESP and take it away. */
export interface AsideLines {
  /** Write the entry that starts the copies, of $entry. */
  readonly entry: readonly string[];
  /** Make that entry the default until the next refresh. */
  readonly makeDefault: readonly string[];
  readonly dropDefault: readonly string[];
  readonly dropEntry: readonly string[];
  /** Write what is tried, of $trial. */
  readonly trial: readonly string[];
  readonly dropTrial: readonly string[];
}

/** A file that was written beside another takes its place. */
export const PUT = [
  "put() {",
  '  sync -- "$1"',
  '  mv -- "$1" "$2"',
  '  sync -- "$2" "${2%/*}"',
  "}",
] as const;

/** Behind all that update-grub writes, so that it counts; the next refresh makes the menu without it. */
const GRUB_DEFAULT = [
  "# Written by hostcfg. The next proxmox-boot-tool refresh takes it away.",
  `set default=${WAY_BACK_ID}`,
] as const;

/** The parts of custom.cfg that are hostcfg's, as sed takes each out by its first and its last line. */
const BLOCKS = {
  entry: "-e '/^### BEGIN hostcfg: what this host /,/^### END hostcfg ###$/d'",
  trial: "-e '/^### BEGIN hostcfg: what is tried /,/^### END hostcfg try ###$/d'",
} as const;

/** With the trial's, of which a step that did nothing may have left what makes this one the default. */
const ALL_BLOCKS = Object.values(BLOCKS).join(" ");

/** The block that stands in the variable of this name, in the place of the one that is there. */
function putBlock(name: keyof typeof BLOCKS): readonly string[] {
  return [
    "  custom=./grub/custom.cfg",
    "  {",
    `    if [ -e "$custom" ]; then sed ${BLOCKS[name]} -e '$a\\' "$custom"; fi`,
    `    printf %s "$${name}" | sed "s/@UUID@/$uuid/"`,
    '  } >"$custom.new"',
    '  put "$custom.new" "$custom"',
  ];
}

function dropBlocks(blocks: string): readonly string[] {
  return [
    "  custom=./grub/custom.cfg",
    '  if [ -e "$custom" ]; then',
    `    sed ${blocks} "$custom" >"$custom.new"`,
    '    if [ -s "$custom.new" ]; then put "$custom.new" "$custom"; else rm -f -- "$custom"; fi',
    "  fi",
    // With what a cut left half written beside them.
    '  rm -f -- "$custom.new" ./grub/grubenv.new',
    "  sync -- grub",
  ];
}

export const LINES: Readonly<Record<EspLoader, AsideLines>> = {
  "systemd-boot": {
    entry: [
      "  mkdir -p loader/entries",
      "  sync -- loader",
      `  printf %s "$entry" >.${ASIDE_ENTRY}.new`,
      `  put .${ASIDE_ENTRY}.new .${ASIDE_ENTRY}`,
    ],
    // The line that the tool's own sed replaces.
    makeDefault: [
      "  conf=./loader/loader.conf",
      `  if grep -q '^default ' "$conf"; then`,
      `    sed 's/^default .*$/default ${ASIDE_DEFAULT}/' "$conf" >"$conf.new"`,
      "  else",
      `    { sed -e '$a\\' "$conf"; echo 'default ${ASIDE_DEFAULT}'; } >"$conf.new"`,
      "  fi",
      '  put "$conf.new" "$conf"',
    ],
    dropDefault: [],
    dropEntry: [
      `  rm -f -- .${ASIDE_ENTRY}.new ./loader/loader.conf.new`,
      `  rm -f -- .${ASIDE_ENTRY}`,
      "  sync -- EFI loader/entries",
    ],
    trial: [
      "  mkdir -p loader/entries",
      "  sync -- loader",
      `  printf %s "$trial" >.${TRIAL_ENTRY}.new`,
      `  put .${TRIAL_ENTRY}.new .${TRIAL_ENTRY}`,
    ],
    dropTrial: [`  rm -f -- .${TRIAL_ENTRY}.new .${TRIAL_ENTRY}`, "  sync -- loader/entries"],
  },
  grub: {
    entry: putBlock("entry"),
    makeDefault: [
      "  menu=./grub/grub.cfg",
      `  if ! grep -qx '${GRUB_DEFAULT[1]}' "$menu"; then`,
      `    { sed -e '$a\\' "$menu"; printf '%s\\n' ${GRUB_DEFAULT.map((line) => `'${line}'`).join(" ")}; } >"$menu.new"`,
      '    put "$menu.new" "$menu"',
      "  fi",
    ],
    dropDefault: [
      "  menu=./grub/grub.cfg",
      '  rm -f -- "$menu.new"',
      `  if grep -qx '${GRUB_DEFAULT[1]}' "$menu"; then`,
      `    sed ${GRUB_DEFAULT.map((line) => `-e '/^${line}$/d'`).join(" ")} "$menu" >"$menu.new"`,
      '    put "$menu.new" "$menu"',
      "  fi",
    ],
    dropEntry: [...dropBlocks(ALL_BLOCKS), "  sync -- EFI"],
    trial: putBlock("trial"),
    dropTrial: dropBlocks(BLOCKS.trial),
  },
};
