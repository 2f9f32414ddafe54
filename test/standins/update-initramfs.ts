import { posix } from "node:path";
import { parseArgs } from "node:util";
import { runHooks } from "./hooks.ts";
import type { Program } from "./program.ts";
import { untaught } from "./program.ts";
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
  machine.root.replace(initrd, `initrd of ${release}\n`);
  const hooks = runHooks("/etc/initramfs/post-update.d", release, machine);
  return { ...hooks, stdout: `update-initramfs: Generating ${initrd}\n${hooks.stdout}` };
};

/** mkinitramfs calls depmod(8) where its list is missing, as it is after `make deb-pkg` style packages. */
function listModules(root: RootFolder, release: string): void {
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
