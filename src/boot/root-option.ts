import { splitLine } from "../cmdline.ts";
import type { Diagnostic, Fact } from "../model.ts";
import { problem } from "./problem.ts";

/** An error where a line names a root file system by UUID, and that is not the one that is mounted. */
export function rootMismatch(line: string, rootUuid: Fact<string>): Diagnostic[] {
  const root = splitLine(line).findLast((option) => option.startsWith("root="));
  const uuid = /^root=UUID=(.+)$/.exec(root ?? "")?.[1];
  if (uuid === undefined || !rootUuid.known || uuid === rootUuid.value) return [];
  return [
    problem(
      "root-mismatch",
      `the kernel would look for its root file system at UUID ${uuid}, but / is ${rootUuid.value}`,
      "find out why before you reboot: the entry may belong to another system",
    ),
  ];
}
