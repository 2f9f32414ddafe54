import { posix } from "node:path";
import type { PackageSearch } from "./kernel-image/package.ts";
import type { TextSearch } from "./kernel-image/text-search.ts";
import type { Digest, QueryAnswer, Reader, Stat } from "./reader.ts";
import { HostError } from "./reader.ts";
import type { Tree, TreeStat } from "./tree.ts";

/** As in the kernel (path_resolution(7)): more links than this in one path are a loop. */
const MOST_LINKS = 40;

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
  readonly #seen = new Map<string, TreeStat | undefined>();

  constructor(tree: Tree) {
    this.#tree = tree;
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
    const canonical = this.#resolve(path, false);
    return canonical === undefined ? undefined : this.#look(canonical)?.target;
  }

  list(path: string): readonly string[] | undefined {
    const canonical = this.realPath(path);
    if (canonical === undefined || this.#look(canonical)?.kind !== "directory") return undefined;
    return this.#tree.list(canonical);
  }

  readFile(path: string): Uint8Array | undefined {
    const canonical = this.realPath(path);
    return canonical === undefined ? undefined : this.#tree.read(canonical);
  }

  readText(path: string): string | undefined {
    const bytes = this.readFile(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  head(path: string, length: number): Uint8Array | undefined {
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

  query(argv: readonly string[]): Promise<QueryAnswer> {
    return this.#tree.query(argv);
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
  #resolve(path: string, followLast: boolean): string | undefined {
    if (!path.startsWith("/")) throw new HostError("EINVAL", path, `${path} is not an absolute path`);
    const pending = components(path).reverse();
    let at = "/";
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === "..") {
        at = posix.dirname(at);
        continue;
      }
      const next = at === "/" ? `/${name}` : `${at}/${name}`;
      const stat = this.#look(next);
      const last = pending.length === 0;
      if (stat?.kind === "symlink" && (!last || followLast)) {
        if (++links > MOST_LINKS)
          throw new HostError("ELOOP", path, `${path}: too many levels of symbolic links`);
        const target = stat.target ?? "";
        if (target.startsWith("/")) at = "/";
        pending.push(...components(target).reverse());
        continue;
      }
      if (!last && stat?.kind !== "directory") return undefined;
      at = next;
    }
    return at;
  }
}

function components(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
