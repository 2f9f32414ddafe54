import { posix } from "node:path";
import { ifRecorded } from "../../facts/unrecorded.ts";
import type { Reader } from "../../host/reader.ts";
import { BOOT, imageName, initrdName } from "../arch/layout.ts";
import { replacingByRename } from "../own-program.ts";
import type { InitramfsGenerator } from "../platform.ts";
import { parsePreset } from "./preset.ts";

/** It packs a hundred megabytes, on a slow machine for minutes. */
const TIMEOUT_SECONDS = 1800;

const PROGRAM = "/usr/bin/mkinitcpio";
const SETTINGS = "/etc/mkinitcpio.conf";
/** Since mkinitcpio 37; only what ends in .conf counts. */
const DROP_INS = "/etc/mkinitcpio.conf.d";
/** One for each kernel package: what the hook of pacman has it make. */
const PRESETS = "/etc/mkinitcpio.d";
/** What a person adds to its hooks; `post` runs once an initrd is made. */
const OWN_HOOKS = "/etc/initcpio";
const MODPROBE = "/etc/modprobe.d";

const CANNOT = "mkinitcpio makes the initrds here, which hostcfg does not drive where";

/**
 * mkinitcpio(8). Where something that its settings name is not there, it makes the image without that, puts it in the place of the
 * old one and only then fails; where there is little room, it writes over the old one. So the commands of an apply find
 * hostcfg's own first.
 */
export const mkinitcpio: InitramfsGenerator = {
  name: "mkinitcpio",
  program: "mkinitcpio",
  makesThem: (reader) => {
    if (ifRecorded(() => reader.stat(PROGRAM)) === undefined) return false;
    const why = presets(reader)
      .map((path) => unlike(path, reader.readText(path) ?? ""))
      .find((one) => one !== undefined);
    if (why !== undefined) return { why: `${CANNOT} ${why}` };
    const [hook] = reader.list(`${OWN_HOOKS}/post`) ?? [];
    return (
      hook === undefined || { why: `${CANNOT} ${OWN_HOOKS}/post/${hook} does something with each of them` }
    );
  },
  // No presets: pacman's hook rewrites a kernel's preset at each upgrade of it, and hostcfg's command reads none.
  sourceFiles: (reader) => [
    ...(reader.stat(SETTINGS) === undefined ? [] : [SETTINGS]),
    ...filesIn(reader, DROP_INS, ".conf"),
    ...["install", "hooks"].flatMap((folder) => filesIn(reader, `${OWN_HOOKS}/${folder}`)),
    ...filesIn(reader, MODPROBE, ".conf"),
  ],
  // Hooks of packages in /usr/lib/initcpio/post sign what the firmware starts, which an initrd is not.
  command: ({ release, name }) => ({
    argv: [
      ...["mkinitcpio", "--nopost", "--kernel", release],
      ...["--generate", posix.join(BOOT, initrdName(name ?? release))],
    ],
    timeoutSeconds: TIMEOUT_SECONDS,
  }),
  sources: /^\/etc\/(?:mkinitcpio\.conf(?:$|\.d(?:\/|$))|(?:initcpio|modprobe\.d)(?:\/|$))/,
  ownProgram: {
    name: "mkinitcpio",
    script: (judge) =>
      replacingByRename(
        {
          program: "mkinitcpio",
          begins: posix.join(BOOT, "initramfs-"),
          ends: ".img",
          // For each image of a preset it starts itself again, by the name that it was started by: a hook's images are replaced so too.
          otherwise: `exec env "PATH=$found" "REAL=$real" bash -c '. "$REAL"' "$0" "$@"`,
        },
        judge,
      ),
  },
  smaller: `smaller initrds need less (autodetect in HOOKS, COMPRESSION="zstd" in ${SETTINGS})`,
};

function presets(reader: Reader): string[] {
  return filesIn(reader, PRESETS, ".preset");
}

/** What a preset has made in another way than hostcfg does, one clause: the next upgrade would make that again. */
function unlike(path: string, text: string): string | undefined {
  const made = parsePreset(text);
  if ("notUnderstood" in made)
    return `line ${made.notUnderstood} of ${path} says something that only bash understands`;
  const unified = made.find((one) => one.unified !== "");
  if (unified !== undefined)
    return `${path} has it make a unified kernel image: the options are inside of that`;
  const name = posix.basename(path, ".preset");
  const usual = posix.join(BOOT, initrdName(name));
  const usually = made.filter(({ image }) => posix.normalize(image) === usual);
  if (usually.length === 0)
    return `${path} has it make ${made.map(({ image }) => image).join(" and ") || "nothing"}, not ${usual}`;
  for (const { kernel, settings, hasOptions } of usually) {
    if (settings !== "")
      return `${path} names ${settings}: mkinitcpio then reads nothing of ${DROP_INS} (put a # before that line where it is ${SETTINGS})`;
    if (hasOptions) return `${path} gives it options of its own for ${usual}`;
    if (posix.normalize(kernel) !== posix.join(BOOT, imageName(name)))
      return `${path} has ${usual} made for ${kernel}`;
  }
  return undefined;
}

function filesIn(reader: Reader, folder: string, suffix = ""): string[] {
  return (reader.list(folder) ?? [])
    .filter((name) => name.endsWith(suffix))
    .map((name) => posix.join(folder, name));
}
