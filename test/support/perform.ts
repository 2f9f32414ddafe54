import { posix } from "node:path";
import type { Host } from "../../src/host/host.ts";
import type { Step } from "../../src/model/index.ts";
import { importInputs, removeInputs } from "../../src/apply/inputs.ts";

const LOGS = "/var/log";

/**
 * Carries one step out and nothing else: no journal, no look at what stood there, no guard. So the steps of a plan can
 * be carried out in any order. False where a step cannot be carried out, after which an apply would stop.
 */
export async function perform(step: Step, host: Host): Promise<boolean> {
  if (step.kind === "exec") {
    const argv = importInputs(host, step);
    if ("why" in argv) return false;
    host.makeFolder(LOGS, 0o755);
    const outcome = await host.exec(argv, { log: `${LOGS}/step-${step.id}`, timeoutSeconds: 1 });
    removeInputs(host, step);
    return outcome.kind === "exited" && outcome.exitCode === 0;
  }
  const there = host.reader().lstat(step.path);
  const mode = there?.mode ?? 0o644;
  if (step.kind === "remove") {
    if (there !== undefined) host.remove(step.path);
    for (const folder of step.folders ?? []) {
      if (host.reader().list(folder)?.length === 0) host.removeFolder(folder);
    }
    return true;
  }
  if (step.kind === "copyFile" && host.reader().stat(step.from) === undefined) return false;
  host.makeFolder(posix.dirname(step.path), 0o755);
  switch (step.kind) {
    case "writeFile":
      host.writeFile(step.path, step.content, { mode: step.mode ?? mode });
      return true;
    case "restore":
      host.writeFile(step.path, Buffer.from(step.base64, "base64"), { mode: step.mode });
      return true;
    case "symlink":
      host.symlink(step.path, step.target);
      return true;
    case "copyFile":
      host.copyFile(step.from, step.path, { mode });
      return true;
  }
}
