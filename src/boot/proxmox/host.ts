import { essenceOf, splitLine } from "../../cmdline.ts";
import { known, unknown } from "../../facts/fact.ts";
import type {
  EspContent,
  Fact,
  HostState,
  KernelFact,
  ProxmoxFacts,
  ProxmoxFiles,
} from "../../model/index.ts";
import { compareVersions } from "../bls/order.ts";
import { isSamePath } from "./read-esps.ts";

/** All that is needed to drive proxmox-boot-tool. */
export interface Host {
  readonly facts: ProxmoxFacts;
  readonly files: ProxmoxFiles;
  /** The option line that the tool writes into every entry: the first line of the file, or the running one. */
  readonly line: string;
}

/** A host that can be driven; unknown with the reason where it cannot. */
export function hostOf({ bootLoader, running }: Pick<HostState, "bootLoader" | "running">): Fact<Host> {
  const facts = bootLoader.proxmox;
  if (facts === undefined) return unknown("proxmox-boot-tool keeps no ESP here");
  if (!facts.files.known) return facts.files;
  const line = lineOf(facts.files.value, running.cmdline);
  return line.known ? known({ facts, files: facts.files.value, line: line.value }) : line;
}

function lineOf({ cmdline }: ProxmoxFiles, running: Fact<string>): Fact<string> {
  if (cmdline !== undefined) return known(splitLine(cmdline.text.split("\n")[0] ?? "").join(" "));
  return running.known
    ? known(
        splitLine(running.value)
          .filter((option) => !option.startsWith("initrd="))
          .join(" "),
      )
    : running;
}

/** An ESP that a refresh writes to. */
export interface ReadyEsp {
  readonly uuid: string;
  readonly content: EspContent;
}

/** Those that could be looked into, and that the tool does not pass over: from one of GRUB on it takes all for GRUB's. */
export function readyEsps({ esps }: ProxmoxFacts): ReadyEsp[] {
  const grub = esps.findIndex(
    ({ content }) => content.known && content.value !== "away" && isOfGrub(content.value),
  );
  return esps
    .slice(0, grub === -1 ? esps.length : grub)
    .flatMap(({ uuid, content, unread }) =>
      unread === undefined &&
      content.known &&
      content.value !== "away" &&
      passedOver(content.value) === undefined
        ? [{ uuid, content: content.value }]
        : [],
    );
}

/** Nobody could look into any of them. */
export function isUnseen({ esps }: ProxmoxFacts): boolean {
  return esps.every(({ content }) => !content.known);
}

export const LOADER_CONF = "/loader/loader.conf";

/** GRUB starts it: the tool has another way with such an ESP, which hostcfg does not drive. */
export function isOfGrub({ files }: EspContent): boolean {
  return files.some(({ path }) => /^\/(?:efi\/proxmox\/grub[^/]*\.efi|grub\/grub\.cfg)$/i.test(path));
}

/** Why a refresh does not write to an ESP as it does to one of systemd-boot, with exit code 0; one clause. */
export function passedOver(content: EspContent): string | undefined {
  const { folder, texts } = content;
  if (isOfGrub(content)) return "GRUB starts it, which hostcfg does not drive there";
  if (!texts.some(({ path }) => isSamePath(path, LOADER_CONF))) return "it has no loader/loader.conf";
  return folder ? undefined : "it has no folder EFI/proxmox";
}

/** What the note says from before anything refreshes until it is known to have ended. */
export const REFRESHING = "refreshing\n";

/**
 * Of ESPs that nobody can look into: hostcfg's note names the same line and pins; or, without a note, this boot came by
 * them, so that a refresh must have carried them there.
 */
export function isNoted({ files, line }: Host, { running }: Pick<HostState, "running">): boolean {
  if (files.refreshed !== undefined) return files.refreshed.text === noteOf(line, files);
  const { cmdline, release } = running;
  const pinned = files.pin === undefined || (release.known && release.value === files.pin);
  return (
    pinned && files.nextBootPin === undefined && cmdline.known && essenceOf(cmdline.value) === essenceOf(line)
  );
}

/** What hostcfg notes of a refresh. What it copied is not in it: that is looked at on the ESPs. */
export function noteOf(
  line: string,
  { pin, nextBootPin }: Pick<ProxmoxFiles, "pin" | "nextBootPin">,
): string {
  const once = nextBootPin === undefined ? "" : `next-boot-pin ${nextBootPin}\n`;
  return `options ${line}\npin ${pin ?? ""}\n${once}`;
}

/** As systemd-boot sorts the tool's entries, which have no sort key: by version, the newest first. */
export function inMenu(kernels: readonly KernelFact[]): KernelFact[] {
  return kernels
    .filter(({ image, initrd }) => image !== undefined && initrd !== undefined)
    .sort((a, b) => compareVersions(b.release, a.release));
}
