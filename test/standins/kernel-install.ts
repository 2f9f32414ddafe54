import { posix } from "node:path";
import type { Machine, Program } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";
import type { RootFolder } from "./root-folder.ts";

/**
 * kernel-install(8) of systemd 252 with 90-loaderentry.install, from its source and from watching its calls: only
 * `add RELEASE KERNEL INITRD`, the layout `bls`, and a token from /etc/kernel/entry-token. coreutils' install removes the
 * old file and fills a new one in its place; the entry is truncated and written line by line. It flushes nothing. Modes are
 * those of the partition's folder, for FAT has none of its own.
 */
export const kernelInstall: Program = (args, machine) => {
  const { root } = machine;
  const [command, release, kernel, initrd, ...others] = args;
  if (command !== "add" || release === undefined || kernel === undefined || others.length > 0)
    throw untaught("kernel-install", args);
  const token = firstLine(root, "/etc/kernel/entry-token");
  if (token === undefined) throw untaught("kernel-install without an entry token", args);
  const boot = ["/efi", "/boot", "/boot/efi"].find((place) =>
    [token, "loader/entries"].some((name) => root.isFolder(posix.join(place, name))),
  );
  if (boot === undefined) throw untaught("kernel-install without its folders", args);
  const folder = posix.join(boot, token, release);
  for (const file of [kernel, ...(initrd === undefined ? [] : [initrd])])
    if (!root.exists(file)) return failed(1, `Error: could not copy '${file}'\n`);

  // 50-depmod.install has depmod(8) write its lists again, after the initrd was made.
  const list = `/lib/modules/${release}/modules.dep`;
  if (root.isFolder(`/lib/modules/${release}/kernel`) && root.exists(list))
    root.replace(list, root.read(list));
  root.makeFolder(folder);
  const mode = root.mode(boot);
  install(machine, kernel, posix.join(folder, "linux"), mode);
  if (initrd !== undefined) install(machine, initrd, posix.join(folder, posix.basename(initrd)), mode);
  const tries = firstLine(root, "/etc/kernel/tries");
  const entries = posix.join(boot, "loader/entries");
  root.makeFolder(entries);
  const entry = posix.join(entries, `${token}-${release}${tries === undefined ? "" : `+${tries}`}.conf`);
  root.overwrite(entry, "", mode);
  machine.moment(`truncated ${entry}`);
  for (const line of linesOf(root, { token, release, folder: posix.join("/", token, release), initrd })) {
    root.append(entry, `${line}\n`);
    machine.moment(`wrote "${line}" to ${entry}`);
  }
  return succeeded();
};

/** install(1): unlink, create, copy. */
function install({ root, moment }: Machine, from: string, to: string, mode: number): void {
  const content = root.read(from);
  root.remove(to);
  moment(`removed ${to}`);
  root.overwrite(to, "", mode);
  moment(`made ${to}, empty`);
  root.overwrite(to, content.subarray(0, Math.floor(content.length / 2)));
  moment(`copied the half of ${to}`);
  root.overwrite(to, content);
  moment(`copied ${to}`);
}

interface Entry {
  readonly token: string;
  readonly release: string;
  /** From the root of the partition. */
  readonly folder: string;
  readonly initrd: string | undefined;
}

function linesOf(root: RootFolder, { token, release, folder, initrd }: Entry): string[] {
  const os = new Map(
    root
      .text("/etc/os-release")
      .split("\n")
      .map((line): [string, string] => {
        const [name = "", value = ""] = line.split(/=(.*)/s);
        return [name, value.replace(/^"(.*)"$/, "$1")];
      }),
  );
  const options = root.text("/etc/kernel/cmdline").split(/\s+/).filter(Boolean).join(" ");
  const machineId = firstLine(root, "/etc/machine-id");
  const named = token === machineId;
  const key = os.get("IMAGE_ID") ?? os.get("ID");
  return [
    `title      ${os.get("PRETTY_NAME") ?? `Linux ${release}`}`,
    `version    ${release}`,
    ...(named ? [`machine-id ${token}`] : []),
    ...(key === undefined ? [] : [`sort-key   ${key}`]),
    `options    ${options}${named && !options.includes("systemd.machine_id=") ? ` systemd.machine_id=${token}` : ""}`,
    `linux      ${folder}/linux`,
    ...(initrd === undefined ? [] : [`initrd     ${folder}/${posix.basename(initrd)}`]),
  ];
}

function firstLine(root: RootFolder, path: string): string | undefined {
  return root.exists(path) ? root.text(path).split("\n")[0] : undefined;
}
