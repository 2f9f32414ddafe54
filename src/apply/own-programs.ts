import { posix } from "node:path";
import { MENU_PROGRAM, MENU_SCRIPT } from "../boot/grub/menu-program.ts";
import { MENU } from "../boot/grub/probe.ts";
import { PROGRAM_ENVIRONMENT } from "../host/command.ts";
import type { Host } from "../host/host.ts";
import { HostError } from "../host/reader.ts";
import type { ExecStep } from "../model/index.ts";
import { PLATFORMS } from "../platform/platforms.ts";
import { PROGRAMS } from "../journal/temporary-files.ts";

const PATH = posix.join(PROGRAMS, MENU_PROGRAM);

/**
 * Gives a command that has GRUB's menu made, itself or by a hook, a program which does that without a moment in which
 * there is none. Returns the folder that must come first on its search path; undefined where the command needs none.
 */
export function placePrograms(host: Host, { touches }: ExecStep): string | undefined {
  if (!touches.includes(MENU)) return undefined;
  host.makeFolder(PROGRAMS, 0o700);
  host.writeFile(PATH, MENU_SCRIPT, { mode: 0o700 });
  return PROGRAMS;
}

/**
 * The command line with which what the program starts finds these as well.
 *
 * @param programs As {@link placePrograms} returned it.
 */
export function finding(
  { action }: ExecStep,
  argv: readonly string[],
  programs: string | undefined,
): readonly string[] {
  if (programs === undefined || !("family" in action)) return argv;
  const manager = PLATFORMS[action.family].packages;
  return manager.withSearchPath(action, argv, `${programs}:${PROGRAM_ENVIRONMENT.PATH}`);
}

/** One that cannot be removed is cleared away by the next apply, and hides nothing now. */
export function removePrograms(host: Host, { touches }: ExecStep): void {
  if (!touches.includes(MENU)) return;
  try {
    if (host.reader().lstat(PATH) !== undefined) host.remove(PATH);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}
