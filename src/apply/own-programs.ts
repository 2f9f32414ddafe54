import { shellQuote } from "../shell-quote.ts";
import { posix } from "node:path";
import { menuProgram, menuScript } from "../boot/grub/menu-program.ts";
import { MENU } from "../boot/grub/probe.ts";
import { PROGRAM_ENVIRONMENT } from "../host/command.ts";
import type { Host } from "../host/host.ts";
import { HostError } from "../host/reader.ts";
import { PROGRAMS } from "../journal/temporary-files.ts";
import type { ExecStep } from "../model/index.ts";
import { RUNS_HOOKS } from "../plan/make.ts";
import { GENERATORS, readInitramfs } from "../platform/initramfs.ts";
import { JUDGE_INITRD } from "../platform/own-program.ts";
import type { InitramfsGenerator } from "../platform/platform.ts";
import { PLATFORMS } from "../platform/platforms.ts";

/**
 * Gives a command programs of hostcfg's own in the place of those that overwrite what boots, whether it runs them itself or
 * by a hook. Returns the folder that must come first on its search path; undefined where the command needs none.
 */
export function placePrograms(host: Host, step: ExecStep): string | undefined {
  const scripts = scriptsFor(host, step);
  if (scripts.length === 0) return undefined;
  host.makeFolder(PROGRAMS, 0o700);
  for (const [name, script] of scripts) host.writeFile(posix.join(PROGRAMS, name), script, { mode: 0o700 });
  return PROGRAMS;
}

/** By the names of the programs in whose place they are found. */
function scriptsFor(host: Host, { action, touches }: ExecStep): readonly (readonly [string, string])[] {
  const own = RUNS_HOOKS[action.does] ? makerOf(host)?.ownProgram : undefined;
  const script = own?.script(judge(host));
  const program = menuProgram(action.does === "make-menu" ? action : { does: "make-menu" });
  return [
    ...(touches.includes(MENU) ? [[program, menuScript(program)] as const] : []),
    ...(own === undefined || script === undefined ? [] : [[own.name, script] as const]),
  ];
}

/** The start of a command line for sh(1). */
function judge({ hostcfg }: Host): string | undefined {
  return hostcfg === undefined ? undefined : [...hostcfg, JUDGE_INITRD].map(shellQuote).join(" ");
}

function makerOf(host: Host): InitramfsGenerator | undefined {
  const { generator } = readInitramfs(host.reader());
  return generator.known ? GENERATORS[generator.value] : undefined;
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
export function removePrograms(host: Host): void {
  try {
    for (const name of host.reader().list(PROGRAMS) ?? []) host.remove(posix.join(PROGRAMS, name));
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}
