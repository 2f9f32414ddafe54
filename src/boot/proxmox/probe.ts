import { known } from "../../facts/fact.ts";
import { readProxmoxEsps } from "../../facts/proxmox-esps.ts";
import { STATE_FOLDER } from "../../facts/state-folder.ts";
import { readTextFiles } from "../../facts/text-files.ts";
import type { Reader } from "../../host/reader.ts";
import type { Fact, ProxmoxFacts, ProxmoxFiles } from "../../model/index.ts";
import { readPlatform } from "../firmware.ts";
import { readVariables } from "../bls/loader-default.ts";
import { unseen } from "./read-esps.ts";

export const CMDLINE = "/etc/kernel/cmdline";
export const PIN = "/etc/kernel/proxmox-boot-pin";
export const NEXT_BOOT_PIN = "/etc/kernel/next-boot-pin";
const ADDED = "/etc/kernel/proxmox-boot-manual-kernels";
/** hostcfg's own note of what the ESPs were last made from. */
export const REFRESHED = `${STATE_FOLDER}/proxmox-refreshed`;
/** The one serves packages of kernels; update-initramfs runs the other. */
export const HOOKS = {
  kernel: "/etc/kernel/postinst.d/zz-proxmox-boot",
  initrd: "/etc/initramfs/post-update.d/proxmox-boot-sync",
} as const;

/** The files of proxmox-boot-tool, or undefined on a host where it keeps no ESP. Its ESPs are read apart (read-esps.ts). */
export function readProxmox(reader: Reader): ProxmoxFacts | undefined {
  const lines = readProxmoxEsps(reader);
  if (!lines.known || lines.value.length === 0) return undefined;
  const platform = readPlatform(reader);
  return {
    esps: lines.value.map(unseen),
    platform,
    variables: readVariables(reader),
    files: readFiles(reader),
    hooks: { kernel: isExecutable(reader, HOOKS.kernel), initrd: isExecutable(reader, HOOKS.initrd) },
  };
}

/** run-parts(8) passes over the others. */
function isExecutable(reader: Reader, path: string): boolean {
  const stat = reader.stat(path);
  return stat?.kind === "file" && (stat.mode & 0o111) !== 0;
}

function readFiles(reader: Reader): Fact<ProxmoxFiles> {
  const paths = [CMDLINE, PIN, NEXT_BOOT_PIN, ADDED, REFRESHED];
  const texts = readTextFiles(reader, paths, "proxmox-boot-tool's files");
  if (!texts.known) return texts;
  const file = (path: string) => texts.value.find((one) => one.path === path);
  const [cmdline, refreshed] = [file(CMDLINE), file(REFRESHED)];
  const [pin, nextBootPin] = [pinOf(file(PIN)?.text), nextBootPinOf(file(NEXT_BOOT_PIN)?.text)];
  return known({
    cmdline,
    pin,
    nextBootPin,
    added: (file(ADDED)?.text ?? "").split("\n").flatMap((line) => line.trim() || []),
    refreshed,
  });
}

/** What a pin file names: its first line, blanks and carriage returns included. An empty one is as good as none. */
export function pinOf(text: string | undefined): string | undefined {
  const [first] = (text ?? "").split("\n");
  return first === "" ? undefined : first;
}

/** The same of the pin for one boot, where the file counts and not what it says: an empty one takes the other pin away. */
export function nextBootPinOf(text: string | undefined): string | undefined {
  return text?.split("\n")[0];
}
