import { posix } from "node:path";
import { parseArgs } from "node:util";
import { cpio } from "../support/cpio.ts";
import { runHooks } from "./hooks.ts";
import { ownProgram } from "./own-program.ts";
import type { Program } from "./program.ts";
import { failed, untaught } from "./program.ts";
import type { RootFolder } from "./root-folder.ts";

/**
 * update-initramfs(8) of initramfs-tools 0.142, only `-c` and `-u` for one release: a new initrd takes the place
 * of the old one, then the hooks in /etc/initramfs/post-update.d run.
 */
export const updateInitramfs: Program = (args, machine) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      create: { type: "boolean", short: "c" },
      update: { type: "boolean", short: "u" },
      kernel: { type: "string", short: "k" },
      boot: { type: "string", short: "b", default: "/boot" },
    },
  });
  const { kernel: release, boot } = values;
  const modes = [values.create, values.update].filter((mode) => mode === true);
  if (release === undefined || release === "all" || modes.length !== 1)
    throw untaught("update-initramfs", args);
  const initrd = posix.join(boot, `initrd.img-${release}`);
  listModules(machine.root, release);
  const whole = initrdOf(release, machine.root);
  const own = ownProgram("mkinitramfs", machine);
  if (own.refuses) return failed(1, own.said);
  machine.root.replace(initrd, machine.cutsOff === true ? whole.subarray(0, whole.length / 2) : whole);
  const hooks = runHooks("/etc/initramfs/post-update.d", release, machine);
  return { ...hooks, stdout: `update-initramfs: Generating ${initrd}\n${hooks.stdout}` };
};

const MODPROBE = "/etc/modprobe.d";
const SCRIPTS = "/etc/initramfs-tools/scripts/init-top";
const HOOKS = "/etc/initramfs-tools/hooks";

/**
 * A line of text, as recorded hosts have for an initrd; where something of hostcfg's goes into it, an archive with what
 * mkinitramfs(8) takes from /etc/modprobe.d and from the scripts, and the module that a hook asks for.
 */
function initrdOf(release: string, root: RootFolder): Buffer {
  const ours = [MODPROBE, SCRIPTS, HOOKS].filter(
    (folder) => root.isFolder(folder) && root.names(folder).some((name) => name.startsWith("hostcfg-")),
  );
  if (ours.length === 0) return Buffer.from(`initrd of ${release}\n`);
  const texts = (folder: string): [string, string][] =>
    root.isFolder(folder)
      ? root.names(folder).map((name) => [name, root.text(posix.join(folder, name))])
      : [];
  const asked = texts(HOOKS).some(([, text]) => /^(?:force_load|manual_add_modules) vfio_pci$/m.test(text));
  const module = "kernel/drivers/vfio/pci/vfio-pci.ko";
  return cpio({
    init: `#!/bin/sh\n# ${release}\n`,
    ...Object.fromEntries(texts(MODPROBE).map(([name, text]) => [`etc/modprobe.d/${name}`, text])),
    ...Object.fromEntries(texts(SCRIPTS).map(([name, text]) => [`scripts/init-top/${name}`, text])),
    ...(asked
      ? { [`usr/lib/modules/${release}/${module}`]: root.text(`/lib/modules/${release}/${module}`) }
      : {}),
  });
}

/** mkinitramfs and Debian's hook of dracut call depmod(8) where its list is missing, as it is after `make deb-pkg` style packages. */
export function listModules(root: RootFolder, release: string): void {
  const folder = `/lib/modules/${release}`;
  if (!root.isFolder(folder) || root.exists(`${folder}/modules.dep`)) return;
  const modules = filesBelow(root, folder).filter((path) => path.endsWith(".ko"));
  root.replace(`${folder}/modules.dep`, modules.map((path) => `${posix.relative(folder, path)}:\n`).join(""));
}

function filesBelow(root: RootFolder, folder: string): string[] {
  return root.names(folder).flatMap((name) => {
    const path = posix.join(folder, name);
    if (root.linkTarget(path) !== undefined) return [];
    return root.isFolder(path) ? filesBelow(root, path) : [path];
  });
}
