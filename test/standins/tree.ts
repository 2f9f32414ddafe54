import { isAllowedQuery } from "../../src/host/queries.ts";
import type { PackageSearch } from "../../src/archive/deb.ts";
import type { TextSearch } from "../../src/archive/text-search.ts";
import type { Digest, QueryAnswer } from "../../src/host/reader.ts";
import { RootTree } from "../../src/host/root-tree.ts";
import type { Tree, TreeStat } from "../../src/host/tree.ts";
import type { Machine } from "./program.ts";

/**
 * A folder as the root user of its host would see it, without root, as under fakeroot(1): what belongs to us
 * belongs to root. Queries are answered by the stand-ins.
 */
export class StandInTree implements Tree {
  readonly privileged = true;
  readonly #tree: Tree;
  readonly #machine: Machine;

  constructor(folder: string, machine: Machine) {
    this.#tree = new RootTree({ root: folder, commands: "none" });
    this.#machine = machine;
  }

  lstat(path: string): TreeStat | undefined {
    const stat = this.#tree.lstat(path);
    return stat === undefined ? undefined : { ...stat, uid: 0, gid: 0 };
  }

  list(path: string): readonly string[] {
    return this.#tree.list(path);
  }

  read(path: string): Uint8Array {
    return this.#tree.read(path);
  }

  head(path: string, length: number): Uint8Array {
    return this.#tree.head(path, length);
  }

  digest(path: string): Digest {
    return this.#tree.digest(path);
  }

  search(path: string, texts: readonly string[]): Promise<TextSearch> {
    return this.#tree.search(path, texts);
  }

  readPackage(path: string): ReturnType<Tree["readPackage"]> {
    return this.#tree.readPackage(path);
  }

  searchPackage(path: string, texts: readonly string[]): Promise<PackageSearch> {
    return this.#tree.searchPackage(path, texts);
  }

  freeBytes(path: string): number {
    return this.#tree.freeBytes(path);
  }

  modifiedAt(path: string): number {
    return this.#tree.modifiedAt(path);
  }

  now(): number {
    return this.#tree.now();
  }

  members(path: string, parts: readonly string[]): Promise<readonly string[]> {
    return this.#tree.members(path, parts);
  }

  query(argv: readonly string[]): Promise<QueryAnswer> {
    if (!isAllowedQuery(argv)) return Promise.reject(new Error(`not a read-only query: ${argv.join(" ")}`));
    const [name = ""] = argv;
    if (!this.#machine.root.exists(`/usr/bin/${name}`))
      return Promise.resolve({ ran: false, why: `${name} is not installed` });
    return Promise.resolve({ ran: true, ...this.#machine.run(argv) });
  }
}
