import { unTar } from "../support/tar.ts";
import type { Machine, Program, Ran } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";

const DATABASE = "/var/lib/pacman/local";
const LOCK = "/var/lib/pacman/db.lck";

/**
 * pacman(8) 7.0, only `-U --noconfirm FILE…` with uncompressed packages of kernels, and the hooks that mkinitcpio 41 brings: before
 * anything is installed, the image and the initrd of the kernel that is replaced are removed. A hook that fails is told, and pacman ends
 * well.
 */
export const pacman: Program = (args, machine) => {
  const [action, noconfirm, ...files] = args;
  if (action !== "-U" || noconfirm !== "--noconfirm" || files.length === 0) throw untaught("pacman", args);
  const { root } = machine;
  if (root.exists(LOCK)) return failed(1, "error: failed to init transaction (unable to lock database)\n");
  const missing = files.find((file) => !root.exists(file));
  if (missing !== undefined) return failed(1, `error: '${missing}': could not find or read package\n`);
  root.replace(LOCK, "");
  const ran = files.map((file) => install(root.read(file), machine));
  root.remove(LOCK);
  return succeeded(ran.map(({ stdout }) => stdout).join(""), ran.map(({ stderr }) => stderr).join(""));
};

function install(bytes: Buffer, machine: Machine): Ran {
  const { root, moment } = machine;
  const entries = unTar(bytes).filter(({ kind }) => kind === "file");
  const info = entries.find(({ path }) => path === "/.PKGINFO")?.content?.toString() ?? "";
  const field = (key: string): string => new RegExp(`^${key} = (.*)$`, "m").exec(info)?.[1] ?? "";
  const [name, version] = [field("pkgname"), field("pkgver")];
  const files = entries.filter(({ path }) => !path.startsWith("/."));
  const old = root.names(DATABASE).find((one) => one.replace(/-[^-]+-[^-]+$/, "") === name);
  if (old !== undefined) {
    const paths = root
      .text(`${DATABASE}/${old}/files`)
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("%") && !line.endsWith("/"));
    if (paths.some((path) => path.endsWith("/vmlinuz")))
      for (const path of [
        `/boot/vmlinuz-${name}`,
        `/boot/initramfs-${name}.img`,
        `/boot/initramfs-${name}-fallback.img`,
      ])
        root.remove(path);
    moment("the old kernel is gone");
    for (const path of paths) root.remove(`/${path}`);
    for (const path of ["desc", "files"]) root.remove(`${DATABASE}/${old}/${path}`);
  }
  for (const { path, content, mode } of files) {
    root.makeFolder(path.slice(0, path.lastIndexOf("/")));
    root.replace(path, content ?? "", mode);
  }
  const entry = `${DATABASE}/${name}-${version}`;
  root.makeFolder(entry);
  root.replace(`${entry}/desc`, `%NAME%\n${name}\n\n%VERSION%\n${version}\n\n%ARCH%\n${field("arch")}\n\n`);
  root.replace(`${entry}/files`, `%FILES%\n${files.map(({ path }) => `${path.slice(1)}\n`).join("")}\n`);
  const image = files.find(({ path }) => path.endsWith("/vmlinuz"));
  if (image === undefined) return succeeded();
  const release = image.path.split("/").at(-2) ?? "";
  // The hook of kmod.
  root.replace(`/usr/lib/modules/${release}/modules.dep`, "");
  root.replace(`/boot/vmlinuz-${name}`, image.content ?? "");
  const { exitCode, stderr } = machine.run(["mkinitcpio", "-p", name]);
  const complaint = exitCode === 0 ? "" : "error: command failed to execute correctly\n";
  return succeeded(`upgrading ${name}...\n`, stderr + complaint);
}
