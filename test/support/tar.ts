import { posix } from "node:path";

/** The archive format ustar(5): names of at most 100 bytes, times 0, everything owned by root. */

/** One file or link; {@link tar} adds the folders above it. */
export interface TarFile {
  /** Absolute, e.g. `/boot/vmlinuz-5.3.0-acso`. */
  readonly path: string;
  readonly content?: string | Uint8Array;
  /** A link with this target instead of a file. */
  readonly link?: string;
  /** 0644 unless told. */
  readonly mode?: number;
}

export type TarEntry = TarFile & { readonly kind: "file" | "link" | "folder" };

const BLOCK = 512;
/** The name field without the prefix field; our names are short. */
const LONGEST_NAME = 100;
const KINDS = { file: "0", link: "2", folder: "5" } as const;

export function tar(files: readonly TarFile[]): Buffer {
  const folders = new Set<string>(["/"]);
  for (const { path } of files) {
    for (let at = posix.dirname(path); at !== "/"; at = posix.dirname(at)) folders.add(at);
  }
  const blocks = [
    ...[...folders].map((path) => ({ path, kind: "folder" as const, mode: 0o755 })),
    ...files.map((file) => ({
      ...file,
      kind: file.link === undefined ? ("file" as const) : ("link" as const),
    })),
  ]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(tarEntry);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function tarEntry(file: TarFile & { readonly kind: keyof typeof KINDS }): Buffer {
  const name = `.${file.path}${file.kind === "folder" && file.path !== "/" ? "/" : ""}`;
  if (name.length > LONGEST_NAME) throw new Error(`too long for a tar header: ${name}`);
  const content = Buffer.from(file.content ?? "");
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write(octal(file.kind === "link" ? 0o777 : (file.mode ?? 0o644), 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write(" ".repeat(8), 148);
  header.write(KINDS[file.kind], 156);
  header.write(file.link ?? "", 157);
  header.write("ustar\x0000root", 257);
  header.write("root", 297);
  header.write(`${octal(checksum(header), 7)} `, 148);
  return Buffer.concat([header, content, Buffer.alloc(-content.length & (BLOCK - 1))]);
}

/** The sum of the header's bytes, its own field counted as blanks. */
function checksum(header: Buffer): number {
  return header.reduce((sum, byte) => sum + byte, 0);
}

export function unTar(bytes: Buffer): readonly TarEntry[] {
  const entries: TarEntry[] = [];
  for (let at = 0; bytes[at] !== undefined && bytes[at] !== 0;) {
    const text = (start: number, width: number): string =>
      bytes.toString("utf8", at + start, at + start + width).replace(/\0.*$/s, "");
    const size = parseInt(text(124, 12), 8);
    const path = posix.join("/", text(0, 100)).replace(/(.)\/$/, "$1");
    const mode = parseInt(text(100, 8), 8);
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    const kind = text(156, 1);
    if (kind === KINDS.folder) entries.push({ kind: "folder", path, mode });
    else if (kind === KINDS.link) entries.push({ kind: "link", path, link: text(157, 100) });
    else if (kind === KINDS.file) entries.push({ kind: "file", path, mode, content });
    else throw new Error(`a tar entry of type ${kind}: it was not made by buildDeb`);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}
