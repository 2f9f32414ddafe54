import { essenceOf, splitLine } from "../../cmdline.ts";
import { known, unknown } from "../../facts/fact.ts";
import type {
  EspContent,
  EspLoader,
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

export const LOADER_CONF = "/loader/loader.conf";

/** What starts an ESP, by the tool's own rule; undefined where both loaders are on it and the firmware is not to be seen. */
export function loaderOn(
  { files, texts, grub }: EspContent,
  { platform }: ProxmoxFacts,
): EspLoader | undefined {
  if (files.some(({ path }) => /^\/efi\/proxmox\/grub[^/]*\.efi$/i.test(path))) return "grub";
  if (platform !== undefined) return platform === "pc" ? "grub" : "systemd-boot";
  const hasConf = texts.some(({ path }) => isSamePath(path, LOADER_CONF));
  if (grub === undefined && !files.some(({ path }) => /^\/grub\//i.test(path))) return "systemd-boot";
  return hasConf ? undefined : "grub";
}

/** Whether GRUB handed this boot's line to the kernel; undefined where that is not to be seen. */
export function startedByGrub({ running: { cmdline } }: HostState): boolean | undefined {
  return cmdline.known
    ? splitLine(cmdline.value).some((option) => option.startsWith("BOOT_IMAGE="))
    : undefined;
}

/** What starts this host's ESPs: the first of them that can be looked into says so. */
export function loaderOfEsps(facts: ProxmoxFacts): EspLoader | undefined {
  const [first] = facts.esps.flatMap(({ content, unread }) =>
    unread === undefined && content.known && content.value !== "away" ? [content.value] : [],
  );
  return first === undefined ? undefined : loaderOn(first, facts);
}

/** Those that could be looked into, and that the tool does not pass over: from one of GRUB on it takes all for GRUB's. */
export function readyEsps(facts: ProxmoxFacts): ReadyEsp[] {
  const { esps } = facts;
  const first = loaderOfEsps(facts);
  const other = esps.findIndex(
    ({ content }) => content.known && content.value !== "away" && loaderOn(content.value, facts) !== first,
  );
  return esps
    .slice(0, first !== "systemd-boot" || other === -1 ? esps.length : other)
    .flatMap(({ uuid, content, unread }) =>
      unread === undefined &&
      content.known &&
      content.value !== "away" &&
      passedOver(content.value, facts) === undefined
        ? [{ uuid, content: content.value }]
        : [],
    );
}

/** The facts with these ESPs, of those that are there, changed. */
export function withChangedEsps(
  facts: ProxmoxFacts,
  uuids: readonly string[],
  change: (esp: ReadyEsp) => EspContent,
): ProxmoxFacts {
  const esps = facts.esps.map((esp) =>
    uuids.includes(esp.uuid) && esp.content.known && esp.content.value !== "away"
      ? { ...esp, content: known(change({ uuid: esp.uuid, content: esp.content.value })) }
      : esp,
  );
  return { ...facts, esps };
}

/** Nobody could look into any of them. */
export function isUnseen({ esps }: ProxmoxFacts): boolean {
  return esps.every(({ content }) => !content.known);
}

/** Why a refresh, which ends well all the same, does not write to an ESP as to the first; one clause. */
export function passedOver(content: EspContent, facts: ProxmoxFacts): string | undefined {
  const [its, first] = [loaderOn(content, facts), loaderOfEsps(facts)];
  if (its === undefined)
    return "both GRUB and systemd-boot are on it, and this boot does not show which of them starts it";
  if (its !== first)
    return `${NAMES[its]} starts it, and ${first === undefined ? "another loader" : NAMES[first]} the ones before it`;
  const { folder, texts, grub } = content;
  if (its === "grub") return grub === undefined ? "it has no grub/grub.cfg" : undefined;
  if (!texts.some(({ path }) => isSamePath(path, LOADER_CONF))) return "it has no loader/loader.conf";
  return folder ? undefined : "it has no folder EFI/proxmox";
}

const NAMES: Readonly<Record<EspLoader, string>> = { "systemd-boot": "systemd-boot", grub: "GRUB" };

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
