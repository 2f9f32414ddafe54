import { essenceOf, splitLine } from "../../cmdline.ts";
import { known, unknown } from "../../facts/fact.ts";
import type { Fact, HostState, KernelFact, ProxmoxFacts, ProxmoxFiles } from "../../model/index.ts";
import { compareVersions } from "../bls/order.ts";

/** All that is needed to drive proxmox-boot-tool. */
export interface Host {
  readonly facts: ProxmoxFacts;
  readonly files: ProxmoxFiles;
  /** The option line that the tool writes into every entry: the first line of the file, or the running one. */
  readonly line: string;
}

/** A host that can be driven; unknown with the reason where it cannot. */
export function hostOf({ bootLoader, running }: HostState): Fact<Host> {
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

/**
 * hostcfg's note names the same line and pin; or this boot came by them, so that a refresh must have carried them to
 * the ESPs.
 */
export function isRefreshed({ files, line }: Host, { running }: HostState): boolean {
  if (files.refreshed !== undefined) return files.refreshed.text === noteOf(line, files.pin);
  const { cmdline, release } = running;
  const pinned = files.pin === undefined || (release.known && release.value === files.pin);
  return pinned && cmdline.known && essenceOf(cmdline.value) === essenceOf(line);
}

/** What hostcfg notes of a refresh. */
export function noteOf(line: string, pin: string | undefined): string {
  return `options ${line}\npin ${pin ?? ""}\n`;
}

/** As systemd-boot sorts the tool's entries, which have no sort key: by version, the newest first. */
export function inMenu(kernels: readonly KernelFact[]): KernelFact[] {
  return kernels
    .filter(({ image, initrd }) => image !== undefined && initrd !== undefined)
    .sort((a, b) => compareVersions(b.release, a.release));
}
