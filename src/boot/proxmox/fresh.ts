import type { HostState } from "../../model/index.ts";
import { stalenessOfGrub } from "./grub-esp.ts";
import { hostOf, isNoted, isUnseen, loaderOfEsps, readyEsps } from "./host.ts";
import { keptReleases } from "./kept.ts";
import { staleness } from "./refresh.ts";

export interface StaleEsp {
  readonly uuid: string;
  readonly why: string;
}

/** Each ESP that could be looked into and is not as a refresh would leave it. */
export function staleEsps(state: HostState): StaleEsp[] {
  const host = hostOf(state);
  if (!host.known || !state.kernels.known) return [];
  const kept = keptReleases(state, host.value.files);
  if (!kept.known) return [];
  const { value: kernels } = state.kernels;
  const { facts, files } = host.value;
  const isGrub = loaderOfEsps(facts) === "grub";
  return readyEsps(facts).flatMap((esp) => {
    const why = isGrub
      ? stalenessOfGrub(esp, state, files, kept.value)
      : staleness(esp.content, host.value, kept.value, kernels);
    return why === undefined ? [] : [{ uuid: esp.uuid, why }];
  });
}

/** Why the ESPs need a refresh before they hold what their files say; undefined where they need none. */
export function whyRefresh(state: HostState): string | undefined {
  const host = hostOf(state);
  if (!host.known) return undefined;
  if (isUnseen(host.value.facts))
    return isNoted(host.value, state)
      ? undefined
      : "nothing shows that the ESPs were refreshed since proxmox-boot-tool's files changed";
  const [first] = staleEsps(state);
  return first === undefined ? undefined : `ESP ${first.uuid}: ${first.why}`;
}
