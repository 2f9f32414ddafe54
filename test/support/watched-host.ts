import type { Host } from "../../src/host/host.ts";

/** A host that tells of each write before it happens. */
export function watched(host: Host, tell: (call: string, path: string) => void): Host {
  const told = <Rest extends readonly unknown[], R>(
    call: string,
    act: (path: string, ...rest: Rest) => R,
  ) => {
    return (path: string, ...rest: Rest): R => {
      tell(call, path);
      return act.call(host, path, ...rest);
    };
  };
  return {
    label: host.label,
    hostcfg: host.hostcfg,
    reader: () => host.reader(),
    lockHolder: (path) => host.lockHolder(path),
    makeFolder: told("makeFolder", host.makeFolder.bind(host)),
    writeFile: told("writeFile", host.writeFile.bind(host)),
    appendLine: told("appendLine", host.appendLine.bind(host)),
    symlink: told("symlink", host.symlink.bind(host)),
    importFile: (from, to) => told("importFile", (path: string) => host.importFile(from, path))(to),
    copyFile: (from, to, attributes) =>
      told("copyFile", (path: string) => host.copyFile(from, path, attributes))(to),
    remove: told("remove", host.remove.bind(host)),
    removeFolder: told("removeFolder", host.removeFolder.bind(host)),
    flush: told("flush", host.flush.bind(host)),
    exec: (argv, options) => told("exec", () => host.exec(argv, options))(options.log),
    lock: told("lock", host.lock.bind(host)),
  };
}
