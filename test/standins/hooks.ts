import { spawnSync } from "node:child_process";
import type { Machine, Ran } from "./program.ts";

/** The hooks that a recorded host may have, each as the command that it is known to run. */
const HOOKS: Readonly<Record<string, (release: string) => readonly string[]>> = {
  "systemd-boot": (release) => [
    "kernel-install",
    "add",
    release,
    `/boot/vmlinuz-${release}`,
    `/boot/initrd.img-${release}`,
  ],
  "zz-systemd-boot": (release) => ["kernel-install", "add", release, `/boot/vmlinuz-${release}`],
  "initramfs-tools": (release) => ["update-initramfs", "-c", "-k", release, "-b", "/boot"],
  dracut: (release) => ["dracut", "-q", "--force", `/boot/initrd.img-${release}`, release],
  "zz-update-grub": () => ["update-grub"],
  "proxmox-auto-removal": () => ["proxmox-boot-tool", "refresh", "--hook", "proxmox-auto-removal"],
  "zz-proxmox-boot": () => ["proxmox-boot-tool", "refresh"],
  "proxmox-boot-sync": () => ["proxmox-boot-tool", "refresh"],
  "zz-kernelstub": () => ["kernelstub", "--verbose", "--preserve-live-mode"],
};

/** run-parts(8) over a folder of hooks: all of them in order, also after one that failed; 1 if any did. */
export function runHooks(folder: string, release: string, machine: Machine): Ran {
  const names = machine.root.isFolder(folder) ? machine.root.names(folder) : [];
  const ran = names.map((name) => {
    const { exitCode, stdout, stderr } = runHook(folder, name, release, machine);
    const complaint =
      exitCode === 0 ? "" : `run-parts: ${folder}/${name} exited with return code ${exitCode}\n`;
    return { exitCode, stdout, stderr: stderr + complaint };
  });
  return {
    exitCode: ran.some(({ exitCode }) => exitCode !== 0) ? 1 : 0,
    stdout: ran.map(({ stdout }) => stdout).join(""),
    stderr: ran.map(({ stderr }) => stderr).join(""),
  };
}

function runHook(folder: string, name: string, release: string, machine: Machine): Ran {
  const path = `${folder}/${name}`;
  if (name === "zzz-hostcfg") return runOurs(machine.root.text(path), release, machine);
  const command = HOOKS[name];
  if (command === undefined) throw new Error(`there is no stand-in for the hook ${path}`);
  return machine.run(command(release));
}

/** hostcfg's own hook is what is tested, so it is really run, with the root in front of each path that it names. */
function runOurs(script: string, release: string, machine: Machine): Ran {
  const { root } = machine;
  // The one for initrds hands on to the one for kernels, whose paths need the root in front as well.
  const next = /exec (\/etc\/kernel\/\S+) "\$@"/.exec(script)?.[1];
  if (next !== undefined && root.exists(next)) return runOurs(root.text(next), release, machine);
  const inRoot = script.replaceAll(/(?<![\w$"}])\/(?=boot\/|etc\/kernel\/)/g, `${root.folder}/`);
  const { status, stdout, stderr } = spawnSync("sh", ["-c", inRoot, "zzz-hostcfg", release], {
    encoding: "utf8",
  });
  return { exitCode: status ?? 1, stdout, stderr };
}
