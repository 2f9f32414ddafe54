import { readFileSync } from "node:fs";
import { unifiedImage } from "../../support/unified-image.ts";

/** What systemd-boot showed, by titles, and the file that it started. */
export interface Answer {
  readonly shows: readonly string[];
  readonly starts: string;
}

/** A text, or a unified image that says this of itself; null stands for one that says nothing. */
type Content = string | { readonly osrel: string | null };

export interface Menu {
  readonly what: string;
  readonly esp: Readonly<Record<string, Content>>;
  /** What is on XBOOTLDR. */
  readonly boot?: Readonly<Record<string, Content>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** By the loader's version. */
  readonly answers: Readonly<Record<string, Answer>>;
}

/**
 * As the real systemd-boot of Debian 12 and 13 answered under OVMF, each menu on a partition of its own. In `esp`,
 * `(kernel)` is a file that the firmware refuses, so that the loader says which one it wanted.
 */
export const MENUS = JSON.parse(
  readFileSync(new URL("real-menus.json", import.meta.url), "utf8"),
) as readonly Menu[];

/** The files as a loader finds them. */
export function filesOf(contents: Menu["esp"]): Record<string, string | Buffer> {
  return Object.fromEntries(
    Object.entries(contents).map(([path, content]) => [path, fileOf(content)] as const),
  );
}

function fileOf(content: Content): string | Buffer {
  if (typeof content === "string") return content;
  return unifiedImage({ ...(content.osrel === null ? {} : { ".osrel": content.osrel }), ".linux": "x" });
}
