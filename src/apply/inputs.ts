import { posix } from "node:path";
import type { Host } from "../host/host.ts";
import { HostError } from "../host/reader.ts";
import type { ExecStep } from "../model/index.ts";
import { INPUTS } from "../journal/temporary-files.ts";

/**
 * Copies the command's input files into a folder that only root can write, and checks the digest of
 * the copy: nobody can exchange a file between the check and the command.
 */
export function importInputs(host: Host, step: ExecStep): readonly string[] | { readonly why: string } {
  const copies = new Map<string, string>();
  if (step.inputs.length > 0) host.makeFolder(INPUTS, 0o700);
  for (const [index, input] of step.inputs.entries()) {
    const copy = inputCopy(index, input.path);
    const { sha256 } = host.importFile(input.path, copy);
    if (sha256 !== input.sha256) return { why: `${input.path} was changed since the plan was made` };
    copies.set(input.path, copy);
  }
  return step.argv.map((argument) => copies.get(argument) ?? argument);
}

/** A copy that cannot be removed is cleared away by the next apply, and hides nothing now. */
export function removeInputs(host: Host, step: ExecStep): void {
  for (const [index, input] of step.inputs.entries()) {
    try {
      if (host.reader().lstat(inputCopy(index, input.path)) !== undefined)
        host.remove(inputCopy(index, input.path));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }
}

/** Two packages may have one file name in two folders. */
function inputCopy(index: number, path: string): string {
  return posix.join(INPUTS, `${index + 1}-${posix.basename(path)}`);
}
