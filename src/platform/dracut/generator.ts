import { posix } from "node:path";
import { ifRecorded } from "../../facts/unrecorded.ts";
import { DRACUT_FILE } from "../../facts/vfio-files.ts";
import type { Reader } from "../../host/reader.ts";
import { initrdPath } from "../debian/layout.ts";
import type { InitramfsGenerator } from "../platform.ts";
import { OWN_DRACUT } from "./program.ts";

/** It packs a hundred megabytes, on a slow machine for minutes. */
const TIMEOUT_SECONDS = 1800;

const PROGRAMS = ["/usr/bin/dracut", "/usr/sbin/dracut"];

/** By which dracut's package has it make /boot/initrd.img-RELEASE for each kernel, from Debian 12 to 14. */
const HOOK = "/etc/kernel/postinst.d/dracut";

const SETTINGS = "/etc/dracut.conf";
/** Only what ends in .conf counts (dracut.conf(5)). */
const FOLDERS = ["/usr/lib/dracut/dracut.conf.d", "/etc/dracut.conf.d"];
const MODPROBE = "/etc/modprobe.d";

/** Settings with which it makes something else than the initrd of a kernel that boots by it. */
const OTHER_WORK = /^\s*(?:uefi|kernel_only|no_kernel)=["']?yes/m;

/**
 * dracut(8). It writes over the initrd that is there and, where that fails, removes it: so the commands of an apply find
 * hostcfg's own dracut first. Where something that its settings ask for is not there, it says so and ends well.
 */
export const dracut: InitramfsGenerator = {
  name: "dracut",
  program: "dracut",
  makesThem: (reader) => {
    if (!PROGRAMS.some((path) => isThere(reader, path))) return false;
    if (!isThere(reader, HOOK))
      return { why: `dracut makes the initrds here, but not by ${HOOK}: hostcfg does not know how` };
    const other = settings(reader).find((path) => OTHER_WORK.test(reader.readText(path) ?? ""));
    return (
      other === undefined || {
        why: `dracut makes the initrds here, which hostcfg does not drive where ${other} has it make other images`,
      }
    );
  },
  sourceFiles: (reader) => [...settings(reader), ...confsIn(reader, MODPROBE)],
  command: ({ release }) => ({
    argv: ["dracut", "--force", initrdPath(release), release],
    timeoutSeconds: TIMEOUT_SECONDS,
  }),
  sources: new RegExp(
    String.raw`^(?:${SETTINGS.replace(".", String.raw`\.`)}(?:$|\.d(?:/|$))|${MODPROBE}(?:/|$))`,
  ),
  ownProgram: OWN_DRACUT,
  smaller: `smaller initrds need less (hostonly=yes, compress=zstd in a file of ${posix.dirname(DRACUT_FILE)})`,
};

function isThere(reader: Reader, path: string): boolean {
  return ifRecorded(() => reader.stat(path)) !== undefined;
}

function settings(reader: Reader): string[] {
  const main = reader.stat(SETTINGS) === undefined ? [] : [SETTINGS];
  return [...main, ...FOLDERS.flatMap((folder) => confsIn(reader, folder))];
}

function confsIn(reader: Reader, folder: string): string[] {
  return (reader.list(folder) ?? [])
    .filter((name) => name.endsWith(".conf"))
    .map((name) => posix.join(folder, name));
}
