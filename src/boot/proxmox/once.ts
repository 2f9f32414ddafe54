import { known } from "../../facts/fact.ts";
import type { EspContent, HostState, ProxmoxFacts } from "../../model/index.ts";
import { TRIAL_ID } from "../way-back.ts";
import { readyEsps } from "./host.ts";

// The choice for one boot on ESPs that GRUB starts: each has an environment block of its own, beside its menu.

/** What is chosen on an ESP; empty where GRUB has forgotten it, and undefined where nothing was. */
export function chosenOnceOn({ grub }: EspContent): string | undefined {
  return grub?.environment.known === true ? grub.environment.value["next_entry"] : undefined;
}

/** Whether some ESP has the trial's entry boot next. */
export function isTrialChosen(facts: ProxmoxFacts): boolean {
  return readyEsps(facts).some(({ content }) => chosenOnceOn(content) === TRIAL_ID);
}

/** Whether it is so on some, and not on all. */
export function isHalfChosen({ bootLoader: { proxmox } }: HostState): boolean {
  if (proxmox === undefined || !isTrialChosen(proxmox)) return false;
  return readyEsps(proxmox).some(({ content }) => chosenOnceOn(content) !== TRIAL_ID);
}

/** Whether GRUB has left the empty name behind: it takes the value out of it, not the name. */
export function leavesChoice({ bootLoader: { proxmox } }: HostState): boolean {
  return proxmox !== undefined && readyEsps(proxmox).some(({ content }) => chosenOnceOn(content) === "");
}

/** @param entry Empty for none. */
export function withChoice(content: EspContent, entry: string): EspContent {
  const { grub } = content;
  if (grub?.environment.known !== true) return content;
  const { next_entry: _before, ...rest } = grub.environment.value;
  const environment = known(entry === "" ? rest : { ...rest, next_entry: entry });
  return { ...content, grub: { ...grub, environment } };
}

/** Each ESP with its trial not chosen. */
export function withoutTrialChoice(content: EspContent): EspContent {
  return chosenOnceOn(content) === TRIAL_ID ? withChoice(content, "") : content;
}
