import type { Machine, Ran } from "./program.ts";

/** The hooks that a recorded host may have, each as the command that it is known to run. */
const HOOKS: Readonly<Record<string, (release: string) => readonly string[]>> = {
  "initramfs-tools": (release) => ["update-initramfs", "-c", "-k", release, "-b", "/boot"],
  "zz-update-grub": () => ["update-grub"],
  "zz-kernelstub": () => ["kernelstub", "--verbose", "--preserve-live-mode"],
};

/** run-parts(8) over a folder of hooks: all of them in order, also after one that failed; 1 if any did. */
export function runHooks(folder: string, release: string, machine: Machine): Ran {
  const names = machine.root.isFolder(folder) ? machine.root.names(folder) : [];
  const ran = names.map((name) => {
    const command = HOOKS[name];
    if (command === undefined) throw new Error(`there is no stand-in for the hook ${folder}/${name}`);
    const { exitCode, stdout, stderr } = machine.run(command(release));
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
