import { attempt, known } from "../../facts/fact.ts";
import { STATE_FOLDER } from "../../facts/state-folder.ts";
import { readTextFiles } from "../../facts/text-files.ts";
import type { Reader } from "../../host/reader.ts";
import type { Fact, ProxmoxFacts, ProxmoxFiles } from "../../model/index.ts";

const UUIDS = "/etc/kernel/proxmox-boot-uuids";
export const CMDLINE = "/etc/kernel/cmdline";
export const PIN = "/etc/kernel/proxmox-boot-pin";
export const NEXT_BOOT_PIN = "/etc/kernel/next-boot-pin";
/** hostcfg's own note of what the ESPs were last made from. */
export const REFRESHED = `${STATE_FOLDER}/proxmox-refreshed`;
const HOOKS = ["/etc/kernel/postinst.d/zz-proxmox-boot", "/etc/initramfs/post-update.d/proxmox-boot-sync"];

/** The files of proxmox-boot-tool, or undefined on a host where it keeps no ESP. */
export function readProxmox(reader: Reader): ProxmoxFacts | undefined {
  const uuids = attempt(UUIDS, () => reader.readText(UUIDS));
  const espUuids = uuids.known ? uuids.value.split("\n").flatMap((line) => line.trim() || []) : [];
  if (espUuids.length === 0) return undefined;
  return {
    espUuids,
    files: readFiles(reader),
    hook: HOOKS.some((hook) => reader.stat(hook) !== undefined),
  };
}

function readFiles(reader: Reader): Fact<ProxmoxFiles> {
  const texts = readTextFiles(reader, [CMDLINE, PIN, NEXT_BOOT_PIN, REFRESHED], "proxmox-boot-tool's files");
  if (!texts.known) return texts;
  const file = (path: string) => texts.value.find((one) => one.path === path);
  const release = (path: string): string | undefined => /\S+/.exec(file(path)?.text ?? "")?.[0];
  const [cmdline, refreshed] = [file(CMDLINE), file(REFRESHED)];
  const [pin, nextBootPin] = [release(PIN), release(NEXT_BOOT_PIN)];
  return known({
    ...(cmdline === undefined ? {} : { cmdline }),
    ...(pin === undefined ? {} : { pin }),
    ...(nextBootPin === undefined ? {} : { nextBootPin }),
    ...(refreshed === undefined ? {} : { refreshed }),
  });
}
