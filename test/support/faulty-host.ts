import type { Host } from "../../src/host/host.ts";
import { HostError } from "../../src/host/reader.ts";

/** What happens instead of the chosen call: it fails with an errno, or the process ends (`KILL`). */
export interface Cut {
  readonly at: number;
  readonly code: string;
}

/** The end of the process, as the code under test would never see it: nothing may catch it. */
export class Killed extends Error {}

/**
 * A host on which the nth call that writes fails (`code` is an errno name) or kills (`code` is `KILL`). Once
 * killed, it does nothing any more, whatever is still asked of it.
 */
export class FaultyHost implements Host {
  readonly label = "a host with a fault";
  readonly hostcfg: readonly string[] | undefined;
  calls = 0;
  readonly #host: Host;
  readonly #cut: Cut | undefined;
  #dead = false;

  constructor(host: Host, cut?: Cut) {
    this.#host = host;
    this.hostcfg = host.hostcfg;
    this.#cut = cut;
  }

  reader: Host["reader"] = () => this.#host.reader();
  lockHolder: Host["lockHolder"] = (path) => this.#host.lockHolder(path);
  lock: Host["lock"] = (path) => this.#host.lock(path);

  makeFolder: Host["makeFolder"] = (path, mode) => {
    this.#counted(path, () => {
      this.#host.makeFolder(path, mode);
    });
  };

  writeFile: Host["writeFile"] = (path, content, attributes) =>
    this.#counted(path, () => this.#host.writeFile(path, content, attributes));

  appendLine: Host["appendLine"] = (path, line) => {
    this.#counted(path, () => {
      this.#host.appendLine(path, line);
    });
  };

  symlink: Host["symlink"] = (path, target) => {
    this.#counted(path, () => {
      this.#host.symlink(path, target);
    });
  };

  importFile: Host["importFile"] = (from, to) => this.#counted(to, () => this.#host.importFile(from, to));

  copyFile: Host["copyFile"] = (from, to, attributes) =>
    this.#counted(to, () => this.#host.copyFile(from, to, attributes));

  remove: Host["remove"] = (path) => {
    this.#counted(path, () => {
      this.#host.remove(path);
    });
  };

  removeFolder: Host["removeFolder"] = (path) => {
    this.#counted(path, () => {
      this.#host.removeFolder(path);
    });
  };

  flush: Host["flush"] = (folder) => {
    this.#counted(folder, () => {
      this.#host.flush(folder);
    });
  };

  exec: Host["exec"] = (argv, options) => this.#counted(options.log, () => this.#host.exec(argv, options));

  #counted<T>(path: string, act: () => T): T {
    if (this.#dead) throw new Killed();
    const hit = ++this.calls === this.#cut?.at ? this.#cut : undefined;
    if (hit === undefined) return act();
    if (hit.code !== "KILL")
      throw new HostError(hit.code, path, `${path}: it failed on purpose (${hit.code})`);
    this.#dead = true;
    throw new Killed();
  }
}
