import { END_OF_KERNEL_OPTIONS, parseOption, splitLine } from "../cmdline.ts";
import { mountOf } from "../facts/mounts.ts";
import type { Diagnostic, HostState } from "../model/index.ts";
import { problem, warning } from "./problem.ts";

type Surroundings = Pick<HostState, "rootUuid" | "mounts" | "running">;

/**
 * Whether the kernel would find this host's root file system by the line: `root=` must name the one that is mounted.
 * By UUID that can be compared. Another name is right where this boot came by it or where / is mounted from it, and
 * else it cannot be known here (kernel-parameters.txt, root=).
 *
 * @param remedy Where a line without `root=` gets it.
 * @param needed Whether the host cannot do without (systemd-gpt-auto-generator(8) finds a root by its partition's type).
 */
export function rootProblems(
  line: string,
  { rootUuid, mounts, running }: Surroundings,
  { remedy, needed }: { readonly remedy: string; readonly needed: boolean },
): Diagnostic[] {
  const named = rootOf(line);
  if (named === undefined)
    return [
      {
        ...problem("root-missing", "the option line names no root file system", remedy),
        severity: needed ? "error" : "warning",
      },
    ];
  const uuid = /^UUID=(.+)$/.exec(named)?.[1];
  if (uuid !== undefined) {
    if (!rootUuid.known || uuid === rootUuid.value) return [];
    return [
      problem(
        "root-mismatch",
        `the kernel would look for its root file system at UUID ${uuid}, but / is ${rootUuid.value}`,
        "find out why before you reboot: the entry may belong to another system",
      ),
    ];
  }
  const source = mounts.known ? mountOf(mounts.value, "/")?.source : undefined;
  const live = running.cmdline.known ? rootOf(running.cmdline.value) : undefined;
  if (named === live || named === source || named === `ZFS=${source ?? ""}`) return [];
  return [
    warning(
      "root-unproven",
      `whether root=${named} is this host's root file system cannot be seen: / is mounted from ${source ?? "an unknown device"}`,
      "compare them with: findmnt / and blkid",
    ),
  ];
}

export function namesRoot(line: string): boolean {
  return rootOf(line) !== undefined;
}

/** The last one counts; what follows `--` is init's. */
function rootOf(line: string): string | undefined {
  const options = splitLine(line);
  const end = options.indexOf(END_OF_KERNEL_OPTIONS);
  return options
    .slice(0, end === -1 ? undefined : end)
    .map(parseOption)
    .findLast(({ name }) => name === "root")?.value;
}
