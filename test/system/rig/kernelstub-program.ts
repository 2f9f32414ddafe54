import { spawnSync } from "node:child_process";
import { kernelstub } from "../../standins/kernelstub.ts";
import type { Ran } from "../../standins/program.ts";
import { RootFolder } from "../../standins/root-folder.ts";

// kernelstub's stand-in as a program of a machine: what it asks of other programs is asked of the real ones.
const machine = { root: new RootFolder("/"), run, moment: () => undefined };
const { exitCode, stdout, stderr } = kernelstub(process.argv.slice(2), machine);
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;

function run([program = "", ...args]: readonly string[]): Ran {
  const ran = spawnSync(program, args, { encoding: "utf8" });
  return { exitCode: ran.status ?? 1, stdout: ran.stdout, stderr: ran.stderr };
}
