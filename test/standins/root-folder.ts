import fs from "node:fs";
import { join, posix } from "node:path";

/** As in the kernel (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * A folder seen as `/`, for the stand-ins: as under chroot(2), a link never leads out of it. Apart from the
 * code under test on purpose.
 */
export class RootFolder {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where `path` ends once every link is followed; it need not exist. */
  resolve(path: string): string {
    const pending = path.split("/").reverse();
    let at = "/";
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const next = posix.join(at, name);
      const target = linkTarget(join(this.folder, next));
      if (target === undefined) {
        at = next;
        continue;
      }
      if (++links > MOST_LINKS) throw new Error(`${path}: too many levels of symbolic links`);
      if (target.startsWith("/")) at = "/";
      pending.push(...target.split("/").reverse());
    }
    return at;
  }

  exists(path: string): boolean {
    return fs.existsSync(this.#real(path));
  }

  isFolder(path: string): boolean {
    return fs.statSync(this.#real(path), { throwIfNoEntry: false })?.isDirectory() === true;
  }

  names(path: string): string[] {
    return fs.readdirSync(this.#real(path)).sort();
  }

  read(path: string): Buffer {
    return fs.readFileSync(this.#real(path));
  }

  text(path: string): string {
    return this.read(path).toString("utf8");
  }

  /** The target of a link, undefined where there is none. */
  linkTarget(path: string): string | undefined {
    const folder = this.resolve(posix.dirname(path));
    return linkTarget(join(this.folder, folder, posix.basename(path)));
  }

  makeFolder(path: string, mode = 0o755): void {
    if (this.isFolder(path)) return;
    if (path !== "/") this.makeFolder(posix.dirname(path), mode);
    fs.mkdirSync(this.#real(path));
    fs.chmodSync(this.#real(path), mode);
  }

  /** Writes into the file that is there, as `open(…, "w")` does: a cut leaves a part of it. */
  overwrite(path: string, content: string | Uint8Array, modeOfNew = 0o644): void {
    const real = this.#real(path);
    const isNew = !fs.existsSync(real);
    fs.writeFileSync(real, content);
    if (isNew) fs.chmodSync(real, modeOfNew);
  }

  /** Puts a new file in the place of the old one. */
  replace(path: string, content: string | Uint8Array, mode = 0o644): void {
    const real = this.#real(path);
    const temporary = `${real}.new`;
    fs.writeFileSync(temporary, content);
    fs.chmodSync(temporary, mode);
    fs.renameSync(temporary, real);
  }

  append(path: string, text: string): void {
    this.makeFolder(posix.dirname(path));
    fs.appendFileSync(this.#real(path), text);
  }

  link(path: string, target: string): void {
    const folder = this.#real(posix.dirname(path));
    const real = join(folder, posix.basename(path));
    fs.rmSync(real, { force: true });
    fs.symlinkSync(target, real);
  }

  /** A file or link; what is not there is no failure. */
  remove(path: string): void {
    const real = join(this.#real(posix.dirname(path)), posix.basename(path));
    fs.rmSync(real, { force: true });
  }

  /** An empty one. */
  removeFolder(path: string): void {
    fs.rmdirSync(this.#real(path));
  }

  /** Permission bits. */
  mode(path: string): number {
    return fs.statSync(this.#real(path)).mode & 0o7777;
  }

  #real(path: string): string {
    return join(this.folder, this.resolve(path));
  }
}

function linkTarget(real: string): string | undefined {
  return fs.lstatSync(real, { throwIfNoEntry: false })?.isSymbolicLink() === true
    ? fs.readlinkSync(real)
    : undefined;
}
