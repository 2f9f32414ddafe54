import type { BootLoaderFacts, BootLoaderName, Fact, RefusedLoader } from "../model/index.ts";
import { known } from "../facts/fact.ts";
import { presentLoaders } from "./present.ts";

/** What the spec says decides, once the host has it and it may be driven there; else what was detected. */
export function chooseLoader(
  facts: BootLoaderFacts,
  declared: BootLoaderName | undefined,
): Fact<BootLoaderName> {
  if (declared === undefined || !presentLoaders(facts).includes(declared)) return facts.detected;
  return facts.refused !== undefined && !mayBeOverruled(facts.refused) ? facts.detected : known(declared);
}

/**
 * Who boots with another program may still want the next boot from one whose files are there, and says so in the spec.
 * Where the system generates those files, or makes them in a shape that hostcfg does not write, no spec changes that.
 */
function mayBeOverruled({ kind }: RefusedLoader): boolean {
  switch (kind) {
    case "unified-kernel-image":
    case "efi-stub":
    case "refind":
    case "limine":
    case "extlinux":
    case "unfamiliar":
      return true;
    case "container":
    case "nixos":
    case "ostree":
    case "bootc":
    case "grub-bls":
    case "grub-elsewhere":
    case "sdbootutil":
    case "sdboot-manage":
    case "limine-entry-tool":
      return false;
  }
}
