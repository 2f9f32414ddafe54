import type { PackageSearch } from "./deb.ts";
import { tarFiles, unpackedTar } from "./packed-tar.ts";
import { searchBytes } from "./search-bytes.ts";
import type { TextSearch } from "./text-search.ts";

/** What a package of pacman's says of itself. */
export interface PacmanPackage {
  /** The text of .PKGINFO. */
  readonly info: string;
  /** The names of its files, without a slash in front. */
  readonly files: readonly string[];
}

const INFO = ".PKGINFO";
/** The list of its files (mtree(5)), which makepkg puts in front of them. */
const LIST = ".MTREE";
const KERNEL = /^usr\/lib\/modules\/[^/]+\/vmlinuz$/;

/**
 * Reads a .pkg.tar, compressed or not; the reason, one clause, where that cannot be done. Where it has a list of its files, these
 * are left packed.
 */
export async function readPacmanPackage(
  bytes: Uint8Array,
): Promise<PacmanPackage | { readonly why: string }> {
  try {
    return await contentsOf(bytes);
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

async function contentsOf(bytes: Uint8Array): Promise<PacmanPackage> {
  const names: string[] = [];
  let info: string | undefined;
  let list: readonly string[] | undefined;
  const own = tarFiles(await unpackedTar(bytes), (name) => {
    if (info !== undefined && list !== undefined) return "stop";
    if (name === INFO || name === LIST) return "take";
    if (!name.startsWith(".")) names.push(name);
    return "skip";
  });
  for await (const { name, content } of own) {
    if (name === INFO) info = Buffer.from(content).toString();
    else list = await filesListed(content);
  }
  if (info === undefined) throw new Error(`it has no ${INFO}`);
  return { info, files: list ?? names };
}

async function filesListed(packed: Uint8Array): Promise<readonly string[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of await unpackedTar(packed)) pieces.push(piece);
  const lines = Buffer.concat(pieces).toString("latin1").split("\n");
  return lines.flatMap((line) => /^\.\/(\S+)/.exec(line)?.[1] ?? []);
}

/** Looks for ASCII texts in the kernels that a package would install, in memory. */
export async function searchPacmanPackage(
  bytes: Uint8Array,
  texts: readonly string[],
): Promise<PackageSearch> {
  const files: (TextSearch & { path: string })[] = [];
  try {
    const kernels = tarFiles(await unpackedTar(bytes), (name) => (KERNEL.test(name) ? "take" : "skip"));
    for await (const { name, content } of kernels)
      files.push({ path: `/${name}`, ...(await searchBytes(content, texts)) });
    return { files };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { files, incomplete: `it cannot be unpacked: ${why}` };
  }
}
