import { posix } from "node:path";
import { gunzipSync } from "node:zlib";
import type { RootFolder } from "../root-folder.ts";

/** The EFI system partition as kernelstub fills it: every file is written in place, none is checked. */
export class Esp {
  readonly #root: RootFolder;
  readonly #path: string;
  readonly #title: string;
  readonly #name: string;
  readonly #folder: string;

  constructor(root: RootFolder, path: string, uuid: string) {
    this.#root = root;
    this.#path = path;
    this.#title = osName(root);
    this.#name = cleanName(this.#title);
    this.#folder = `EFI/${this.#name}-${uuid}`;
    this.#makeFolder("loader/entries");
  }

  /** False where the file cannot be copied; kernelstub decides what that means. */
  copy(from: string, to: string, decompress = false): boolean {
    if (!this.#root.exists(from) || this.#root.isFolder(from)) return false;
    this.#makeFolder(this.#folder);
    const bytes = this.#root.read(from);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    this.#write(`${this.#folder}/${to}`, decompress && isGzip ? gunzipSync(bytes) : bytes);
    return true;
  }

  setDefault(force: boolean): void {
    const path = "loader/loader.conf";
    if (force || !this.#root.exists(posix.join(this.#path, path))) {
      this.#write(path, `default ${this.#name}-current\n`);
    }
  }

  writeEntry(kind: "current" | "oldkern", entry: { linux: string; initrd: string; line: string }): void {
    const lines = [
      `title ${this.#title}`,
      `linux /${this.#folder}/${entry.linux}`,
      `initrd /${this.#folder}/${entry.initrd}`,
      `options ${entry.line}`,
    ];
    this.#write(`loader/entries/${this.#name}-${kind}.conf`, lines.map((line) => `${line}\n`).join(""));
  }

  sameFile(a: string, b: string): boolean {
    return this.#root.resolve(a) === this.#root.resolve(b);
  }

  #makeFolder(path: string): void {
    this.#root.makeFolder(posix.join(this.#path, path), this.#root.mode(this.#path));
  }

  /** VFAT keeps no modes: a new file has the one that the mount gives to all. */
  #write(path: string, content: string | Uint8Array): void {
    this.#root.overwrite(posix.join(this.#path, path), content, this.#root.mode(this.#path));
  }
}

/** os-release NAME without the quotes around it. */
function osName(root: RootFolder): string {
  const lines = root.exists("/etc/os-release") ? root.text("/etc/os-release").split("\n") : [];
  const name = lines.find((line) => line.startsWith("NAME="))?.split("=")[1] ?? "Linux";
  return name.replace(/^"/, "").replace(/"$/, "");
}

function cleanName(name: string): string {
  const plain = name
    .replaceAll(" ", "_")
    .replaceAll("~", "-")
    .replace(/[!'<>:"/\\|?*]/g, "");
  return plain.replace(/CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9]/g, "");
}
