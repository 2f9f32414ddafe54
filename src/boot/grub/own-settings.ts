import type { GrubGenerator, GrubSettingsFile } from "../../model/index.ts";
import type { DropIn } from "./drop-in.ts";
import { dropInText, ownPart, partIn } from "./drop-in.ts";
import { SETTINGS } from "./probe.ts";
import { DROP_IN, textIn } from "./settings.ts";
import { inBlock } from "./way-back.ts";

/**
 * Where hostcfg's own settings of GRUB stand: in a drop-in, or, where grub-mkconfig reads none, in /etc/default/grub. There
 * its options are words of the line that a person has written, and options.json is their record, as with other loaders;
 * the pin, which takes the place of a person's, is a part of hostcfg's own behind all that is there.
 */
export interface Home {
  readonly path: string;
  readonly isDropIn: boolean;
}

/** What was once written into /etc/default/grub stays there, also where a newer grub-mkconfig reads drop-ins. */
export function homeOf(
  files: readonly GrubSettingsFile[],
  { dropIns }: Pick<GrubGenerator, "dropIns">,
): Home {
  const holding =
    dropIns === false
      ? (files[0]?.path ?? SETTINGS)
      : files.find(({ text }) => ownPart(text) !== undefined)?.path;
  return holding === undefined ? { path: DROP_IN, isDropIn: true } : { path: holding, isDropIn: false };
}

/** hostcfg's own settings as they stand there; undefined where there are none. */
export function ownText(files: readonly GrubSettingsFile[], home: Home): string | undefined {
  const text = textIn(files, home.path);
  return home.isDropIn || text === undefined ? text : ownPart(text);
}

/** As they are written. */
export function asWritten(home: Home, own: DropIn): string | undefined {
  if (home.isDropIn) return dropInText(own);
  const { text } = partIn(own);
  return text === "" ? undefined : text;
}

/** The file that holds them, by its path, with these in their place; undefined for one that goes. */
export function withOwn(
  files: readonly GrubSettingsFile[],
  home: Home,
  own: DropIn,
): ReadonlyMap<string, string | undefined> {
  if (home.isDropIn) return new Map([[home.path, dropInText(own)]]);
  const present = textIn(files, home.path);
  const part = partIn(own);
  const text = present ?? "";
  // Nothing to take out, and nothing to put in: not even a line break at its end.
  if (part.text === "" && ownPart(text) === undefined) return new Map([[home.path, present]]);
  return new Map([[home.path, inBlock(text, part)]]);
}

/** What forbids to write them, one clause. */
export function editedText({ path, isDropIn }: Home): string {
  return isDropIn ? `${path} was changed by somebody` : `hostcfg's part of ${path} was changed by somebody`;
}
