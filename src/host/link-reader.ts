import { posix } from "node:path";
import type { PackageSearch } from "../archive/deb.ts";
import type { PacmanPackage } from "../archive/pacman-package.ts";
import type { TextSearch } from "../archive/text-search.ts";
import type { Digest, QueryAnswer, Reader, Stat } from "./reader.ts";
import { LARGEST_TEXT } from "./regular-file.ts";
import { HostError } from "./reader.ts";
import type { Tree, TreeStat } from "./tree.ts";

/** As in the kernel (path_resolution(7)): more links than this in one path are a loop. */
const MOST_LINKS = 40;
const SYSFS = "/sys/";
/** Bits of a mode (inode(7)): sticky, and writable by others. */
const STICKY_FOR_ALL = 0o1002;

/**
 * Follows links inside the root of a {@link Tree}: an absolute target starts at the root again, and `..`
 * stops there, so nothing below a root ever leads out of it.
 *
 * Remembers what it saw of folders and links, so one reader is one look at the machine: make a new one for
 * the next look.
 */
export class LinkReader implements Reader {
  readonly privileged: boolean;
  readonly #tree: Tree;
  readonly #follower: number | undefined;
  readonly #seen = new Map<string, TreeStat | undefined>();
  /** Folders as they were asked for -> canonical, "" for the root. */
  readonly #folders = new Map<string, string>();
  /** Canonical paths that a listing has shown to be links. */
  readonly #links = new Set<string>();

  /**
   * @param options.follower A user id: with it a link that somebody else made in a sticky folder which everybody may
   *   write in is not followed, as the kernel does not with fs.protected_symlinks (proc_sys_fs(5)).
   */
  constructor(tree: Tree, options: { readonly follower?: number } = {}) {
    this.#tree = tree;
    this.#follower = options.follower;
    this.privileged = tree.privileged;
  }

  lstat(path: string): Stat | undefined {
    const canonical = this.#resolve(path, false);
    return canonical === undefined ? undefined : this.#look(canonical);
  }

  stat(path: string): Stat | undefined {
    const canonical = this.#resolve(path, true);
    return canonical === undefined ? undefined : this.#look(canonical);
  }

  realPath(path: string): string | undefined {
    const canonical = this.#resolve(path, true);
    return canonical !== undefined && this.#look(canonical) !== undefined ? canonical : undefined;
  }

  readLink(path: string): string | undefined {
    const target = this.#atOnce(path, (canonical) => this.#tree.atOnce?.link(canonical));
    if (target !== undefined) return target;
    const canonical = this.#resolve(path, false);
    return canonical === undefined ? undefined : this.#look(canonical)?.target;
  }

  list(path: string): readonly string[] | undefined {
    const canonical = this.realPath(path);
    if (canonical === undefined || this.#look(canonical)?.kind !== "directory") return undefined;
    return this.#tree.atOnce !== undefined && canonical.startsWith(SYSFS)
      ? this.#listAtOnce(canonical, this.#tree.atOnce.list(canonical))
      : this.#tree.list(canonical);
  }

  readFile(path: string): Uint8Array | undefined {
    const canonical = this.realPath(path);
    return canonical === undefined ? undefined : this.#tree.read(canonical);
  }

  readText(path: string): string | undefined {
    const text = this.#atOnce(path, (canonical) => this.#tree.atOnce?.text(canonical));
    if (text !== undefined) return text;
    const bytes = this.readFile(path);
    if (bytes === undefined) return undefined;
    if (bytes.length > LARGEST_TEXT)
      throw new HostError("EFBIG", path, `${path}: larger than ${LARGEST_TEXT >> 20} MiB (EFBIG)`);
    return new TextDecoder().decode(bytes);
  }

  head(path: string, length: number): Uint8Array | undefined {
    const bytes = this.#atOnce(path, (canonical) => this.#tree.atOnce?.head(canonical, length));
    if (bytes !== undefined) return bytes;
    const canonical = this.realPath(path);
    return canonical === undefined ? undefined : this.#tree.head(canonical, length);
  }

  digest(path: string): Digest | undefined {
    const canonical = this.realPath(path);
    return canonical === undefined ? undefined : this.#tree.digest(canonical);
  }

  async search(path: string, texts: readonly string[]): Promise<TextSearch | undefined> {
    const canonical = this.realPath(path);
    return canonical === undefined ? undefined : this.#tree.search(canonical, texts);
  }

  async readPackage(path: string): Promise<PacmanPackage | { readonly why: string } | undefined> {
    const canonical = this.realPath(path);
    return canonical === undefined ? undefined : this.#tree.readPackage(canonical);
  }

  async searchPackage(path: string, texts: readonly string[]): Promise<PackageSearch | undefined> {
    const canonical = this.realPath(path);
    return canonical === undefined ? undefined : this.#tree.searchPackage(canonical, texts);
  }

  freeBytes(path: string): number | undefined {
    const canonical = this.realPath(path);
    return canonical === undefined ? undefined : this.#tree.freeBytes(canonical);
  }

  modifiedAt(path: string): number | undefined {
    const canonical = this.realPath(path);
    return canonical === undefined ? undefined : this.#tree.modifiedAt(canonical);
  }

  now(): number {
    return this.#tree.now();
  }

  async members(path: string, parts: readonly string[]): Promise<readonly string[] | undefined> {
    const canonical = this.realPath(path);
    return canonical === undefined ? undefined : this.#tree.members(canonical, parts);
  }

  query(argv: readonly string[]): Promise<QueryAnswer> {
    return this.#tree.query(argv);
  }

  /** The listing also tells folders and links, which then need not be asked about. */
  #listAtOnce(folder: string, entries: ReturnType<NonNullable<Tree["atOnce"]>["list"]>): string[] {
    for (const { name, kind } of entries) {
      const path = `${folder}/${name}`;
      if (kind === "directory") this.#folders.set(path, path);
      if (kind === "symlink") this.#links.add(path);
    }
    return entries.map(({ name }) => name);
  }

  /**
   * Tries a file of sysfs whose folder is known before anything is asked about the file itself. Elsewhere most of what a
   * probe asks for is not there, and a failure costs more than the question.
   */
  #atOnce<T>(path: string, read: (canonical: string) => T | undefined): T | undefined {
    if (this.#tree.atOnce === undefined || !path.startsWith(SYSFS)) return undefined;
    const slash = path.lastIndexOf("/");
    const folder = this.#folders.get(path.slice(0, slash));
    if (folder === undefined) return undefined;
    const canonical = folder + path.slice(slash);
    // What was seen before is what this reader goes by.
    return this.#seen.has(canonical) ? undefined : read(canonical);
  }

  #look(canonical: string): TreeStat | undefined {
    if (this.#seen.has(canonical)) return this.#seen.get(canonical);
    const stat = this.#tree.lstat(canonical);
    this.#seen.set(canonical, stat);
    return stat;
  }

  /**
   * The canonical form of `path`, whose last component need not exist; `undefined` where a folder on the way
   * is missing or is no folder.
   */
  #resolve(path: string, followLast: boolean, way: Way = { asked: path, links: 0 }): string | undefined {
    if (!path.startsWith("/")) throw new HostError("EINVAL", path, `${path} is not an absolute path`);
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    if (name === "" || name === ".") {
      return slash === 0 ? "/" : this.#resolve(path.slice(0, slash), followLast, way);
    }
    const folder = this.#folder(path.slice(0, slash), way);
    if (folder === undefined) return undefined;
    if (name === "..") return posix.dirname(folder === "" ? "/" : folder);
    const canonical = `${folder}/${name}`;
    if (!followLast) return canonical;
    const target = this.#links.has(canonical) ? this.#tree.atOnce?.link(canonical) : undefined;
    if (target !== undefined) return this.#follow(folder, target, way);
    const stat = this.#look(canonical);
    if (stat?.kind !== "symlink") return canonical;
    this.#refuseTrap(folder, canonical, stat);
    return this.#follow(folder, stat.target ?? "", way);
  }

  /**
   * The canonical form of the folder in which something is to be found, "" for the root. Remembered, because most
   * paths of a probe are in a few folders.
   */
  #folder(path: string, way: Way): string | undefined {
    if (path === "") return "";
    const before = this.#folders.get(path);
    if (before !== undefined) return before;
    const canonical = this.#resolve(path, true, way);
    if (canonical === undefined) return undefined;
    if (canonical !== "/" && this.#look(canonical)?.kind !== "directory") return undefined;
    const folder = canonical === "/" ? "" : canonical;
    this.#folders.set(path, folder);
    return folder;
  }

  #refuseTrap(folder: string, path: string, { uid }: TreeStat): void {
    const there = this.#follower === undefined ? undefined : this.#look(folder === "" ? "/" : folder);
    if (there === undefined || (there.mode & STICKY_FOR_ALL) !== STICKY_FOR_ALL) return;
    if (uid === this.#follower || uid === there.uid) return;
    const why = `a link of user ${uid}'s in a folder that everybody may write in is not followed`;
    throw new HostError("EACCES", path, `${path}: ${why} (EACCES)`);
  }

  /** @param folder Canonical, so that a leading `..` may be taken from its text. */
  #follow(folder: string, target: string, { asked, links }: Way): string | undefined {
    if (links === MOST_LINKS) {
      throw new HostError("ELOOP", asked, `${asked}: too many levels of symbolic links`);
    }
    let [at, rest] = target.startsWith("/") ? ["", target.slice(1)] : [folder, target];
    while (rest.startsWith("../")) {
      at = at.slice(0, at.lastIndexOf("/"));
      rest = rest.slice("../".length);
    }
    return this.#resolve(`${at}/${rest}`, true, { asked, links: links + 1 });
  }
}

/** The question that a path comes from, and the links followed since. */
interface Way {
  readonly asked: string;
  readonly links: number;
}
