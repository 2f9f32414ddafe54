import fs from "node:fs";
import { gunzipSync } from "node:zlib";
import { ar, unAr } from "./ar.ts";
import { gzipStored } from "./gzip.ts";
import type { TarEntry, TarFile } from "./tar.ts";
import { tar, unTar } from "./tar.ts";

/** One file or link of a package; the folders above it are added. */
export type DebFile = TarFile;

/** Maintainer scripts by name, e.g. `postinst`. */
export type DebScripts = Readonly<Record<string, string>>;

/**
 * Writes a real package file (deb(5)) without dpkg-deb. The same arguments give the same bytes on every machine:
 * times are 0, owners are root, and "compression" stores, for a compressor's output depends on its version.
 */
export function buildDeb(
  file: string,
  control: Readonly<Record<string, string>>,
  files: readonly DebFile[],
  scripts: DebScripts = {},
): void {
  const stanza = Object.entries(control).map(([field, value]) => `${field}: ${value}\n`);
  const controlFiles: DebFile[] = [
    { path: "/control", content: stanza.join("") },
    ...Object.entries(scripts).map(([name, content]) => ({ path: `/${name}`, content, mode: 0o755 })),
  ];
  fs.writeFileSync(
    file,
    ar({
      "debian-binary": Buffer.from("2.0\n"),
      "control.tar.gz": gzipStored(tar(controlFiles)),
      "data.tar.gz": gzipStored(tar(files)),
    }),
  );
}

/** What {@link buildDeb} was told, read back from the file. */
export interface Deb {
  readonly control: string;
  readonly scripts: DebScripts;
  readonly files: readonly TarEntry[];
}

/** Reads a package that {@link buildDeb} wrote. dpkg's other ways to compress are refused. */
/** Its control archive as an uncompressed tar. */
export function controlArchive(bytes: Buffer): Buffer {
  const member = unAr(bytes).get("control.tar.gz");
  if (member === undefined) throw new Error("a package without control.tar.gz: it was not made by buildDeb");
  return gunzipSync(member);
}

export function readDeb(bytes: Buffer): Deb {
  const members = unAr(bytes);
  const unpack = (name: string): readonly TarEntry[] => {
    const member = members.get(name);
    if (member === undefined) throw new Error(`a package without ${name}: it was not made by buildDeb`);
    return unTar(gunzipSync(member));
  };
  const control = unpack("control.tar.gz").filter((entry) => entry.kind === "file");
  const text = (entry: DebFile): string => Buffer.from(entry.content ?? "").toString("utf8");
  return {
    control: control
      .filter(({ path }) => path === "/control")
      .map(text)
      .join(""),
    scripts: Object.fromEntries(
      control.filter(({ path }) => path !== "/control").map((entry) => [entry.path.slice(1), text(entry)]),
    ),
    files: unpack("data.tar.gz"),
  };
}
