import { unknown } from "../../facts/fact.ts";
import type { Fact, HostState } from "../../model/index.ts";
import { blsMenu } from "../bls/menu.ts";
import { isKept } from "../bls/way-back-entry.ts";
import type { Menu } from "../menu.ts";
import { hasImageOf, ownKernel } from "../bls/entry-release.ts";
import { releaseFact } from "./driven-host.ts";

/** The menu of systemd-boot with kernel-install. */
export function menu({ bootLoader, kernels, running }: HostState, preferred?: string): Fact<Menu> {
  const facts = bootLoader.systemdBoot;
  if (facts === undefined) return unknown("the ESP of this host holds no systemd-boot");
  const { entries, others = [], loaderDefault, esp } = facts;
  if (!entries.known) return entries;
  if (!loaderDefault.known) return loaderDefault;
  return blsMenu({
    loader: "systemd-boot",
    entries: [...entries.value, ...others],
    setting: loaderDefault.value,
    esp,
    candidates: entries.value,
    // Of what boots anyway, mostly with an older initrd.
    copies: ({ id }) => isKept(id),
    isOriginal: (entry) => ownKernel(entry, kernels)?.name !== undefined,
    running: running.release,
    cmdline: running.cmdline,
    release: (entry) => releaseFact(entry, kernels, preferred),
    hasRunningImage: (entry) => running.release.known && hasImageOf(entry, kernels, running.release.value),
  });
}
