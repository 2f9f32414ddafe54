import { posix } from "node:path";
import { ifRecorded } from "../../facts/unrecorded.ts";
import { RULES_FILE } from "../../facts/vfio-files.ts";
import type { Reader } from "../../host/reader.ts";
import type { InitramfsGenerator } from "../platform.ts";
import { OWN_MKINITRAMFS } from "./program.ts";

/** mkinitramfs compresses a hundred megabytes, on a slow machine for minutes. */
const TIMEOUT_SECONDS = 1800;

/** Where Debian's initramfs-tools and its kin are installed; Debian moved system programs to /usr/bin late. */
const UPDATERS = ["/usr/sbin/update-initramfs", "/sbin/update-initramfs"];

/** What copies modprobe.d(5) files into an initrd, whatever kernel it is for. */
const MODPROBE = ["/etc/modprobe.d", "/lib/modprobe.d"];
const CONFIGURATION = "/etc/initramfs-tools";
/** Folders below it whose files become a part of the initrd or decide what does (initramfs-tools(7)). */
const DEEPEST = 3;

/** update-initramfs(8). It updates nothing that is not there, and makes nothing that is. */
export const initramfsTools: InitramfsGenerator = {
  name: "initramfs-tools",
  program: "update-initramfs",
  makesThem: (reader) =>
    UPDATERS.some((path) => reader.stat(path) !== undefined && !isWrapperOfDracut(reader, path)),
  sourceFiles: commonSources,
  command: ({ release, missing }) => ({
    argv: ["update-initramfs", missing ? "-c" : "-u", "-k", release],
    timeoutSeconds: TIMEOUT_SECONDS,
  }),
  sources:
    /^\/etc\/(?:(?:modprobe\.d|initramfs-tools|modules(?:-load\.d)?)(?:\/|$)|udev\/rules\.d\/60-hostcfg-vfio\.rules$)/,
  moduleList: "/etc/initramfs-tools/modules",
  ownProgram: OWN_MKINITRAMFS,
  smaller: "smaller initrds need less (MODULES=dep, COMPRESS=zstd in /etc/initramfs-tools)",
};

/** Debian's dracut brings a program of the same name, which reads nothing of initramfs-tools. */
function isWrapperOfDracut(reader: Reader, path: string): boolean {
  const text = ifRecorded(() => reader.readText(path)) ?? "";
  return /^[^#]*\bdracut\b/m.test(text) && !/^[^#]*\bmkinitramfs\b/m.test(text);
}

function commonSources(reader: Reader): string[] {
  return [
    ...MODPROBE.flatMap((folder) => filesBelow(reader, folder, 1).filter((path) => path.endsWith(".conf"))),
    ...filesBelow(reader, CONFIGURATION, DEEPEST),
    ...ownRules(reader),
  ];
}

/** hostcfg's own hook copies them. A capture of before that was not asked for them. */
function ownRules(reader: Reader): string[] {
  return ifRecorded(() => reader.stat(RULES_FILE)) === undefined ? [] : [RULES_FILE];
}

function filesBelow(reader: Reader, folder: string, depth: number): string[] {
  return (reader.list(folder) ?? []).flatMap((name) => {
    const path = posix.join(folder, name);
    const kind = reader.stat(path)?.kind;
    if (kind === "file") return [path];
    return kind === "directory" && depth > 1 ? filesBelow(reader, path, depth - 1) : [];
  });
}
