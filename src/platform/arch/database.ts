import { posix } from "node:path";
import { attempt, known, unknown } from "../../facts/fact.ts";
import { ifRecorded } from "../../facts/unrecorded.ts";
import type { Reader } from "../../host/reader.ts";
import type { Fact, PackageFact } from "../../model/index.ts";
import { kernelByName, kernelOf } from "./kernel-of.ts";
import type { PacmanSettings } from "./settings.ts";
import { DATABASE, readSettings } from "./settings.ts";

/** The packages that are there; `undefined` where this host has no pacman. */
export function readPackages(reader: Reader): Fact<readonly PackageFact[]> | undefined {
  const folders = attempt("the package database", () => ({ names: ifRecorded(() => reader.list(DATABASE)) }));
  if (!folders.known) return folders;
  const { names } = folders.value;
  if (names === undefined) return undefined;
  return attempt("the package database", () => {
    const { ignored } = readSettings(reader);
    return names.flatMap((name): PackageFact[] => {
      const text = reader.readText(posix.join(DATABASE, name, "desc"));
      const desc = text === undefined ? undefined : parseDesc(text);
      return desc === undefined ? [] : [factOf(reader, desc, ignored)];
    });
  });
}

interface Desc {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly groups: readonly string[];
}

/**
 * Blocks of a line `%NAME%`, the values a line each, and an empty line. A folder without a whole one is what a pacman that was
 * cut left: it takes no notice of it either.
 */
export function parseDesc(text: string): Desc | undefined {
  const blocks = new Map(
    text.split(/\n{2,}/).map((block): [string, readonly string[]] => {
      const [title = "", ...values] = block.trim().split("\n");
      return [title, values];
    }),
  );
  const [name, version] = [blocks.get("%NAME%")?.[0], blocks.get("%VERSION%")?.[0]];
  if (name === undefined || version === undefined) return undefined;
  const [architecture = ""] = blocks.get("%ARCH%") ?? [];
  return { name, version, architecture, groups: blocks.get("%GROUPS%") ?? [] };
}

/** Whether this path is a package's entry. */
export function isDesc(path: string): boolean {
  return path.startsWith(`${DATABASE}/`) && path.endsWith("/desc");
}

/** What {@link parseDesc} reads of it. */
export function descLines(text: string): string {
  const kept = text.split(/\n{2,}/).filter((block) => /^\s*%(?:NAME|VERSION|ARCH|GROUPS)%\n/.test(block));
  return kept.map((block) => `${block.trim()}\n\n`).join("");
}

/** pacman has no half installed packages: the entry is written once the files are there. */
function factOf(reader: Reader, desc: Desc, ignored: PacmanSettings["ignored"]): PackageFact {
  const { name, version, architecture } = desc;
  const one = { name, version, architecture, state: "installed", held: ignored(desc), broken: false };
  const kernel = kernelByName(name) === undefined ? undefined : kernelOf(reader, one);
  return kernel === undefined ? one : { ...one, kernel };
}

/** What the host's packages are built for, in pacman's word: that of pacman itself. */
export function readArchitecture(reader: Reader): Fact<string> {
  const packages = readPackages(reader);
  if (packages?.known !== true) return packages ?? unknown("this host has no pacman");
  const pacman = packages.value.find(({ name }) => name === "pacman");
  return pacman === undefined || pacman.architecture === ""
    ? unknown("the package pacman is not in the package database")
    : known(pacman.architecture);
}
