import type { BootLoaderName } from "./boot.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Fact } from "./fact.ts";

/**
 * Whether a host would come up, by its files alone. `unknown`: nothing that could be seen speaks against it, but
 * something that decides could not be seen.
 */
export type BootVerdict = "bootable" | "broken" | "unknown";

/** One thing that an entry needs, judged. */
export interface BootPart {
  readonly part: "kernel" | "initrd" | "modules" | "root" | "options";
  readonly verdict: BootVerdict;
  /** One clause, which names the file. */
  readonly reason: string;
  /** A copy that is not what it was copied from: half copied, but maybe only of another build. */
  readonly differs?: true;
}

/** One entry of a boot menu with what it needs. */
export interface BootEntryCheck {
  /** As the loader knows it: an id, or a title where it has none. */
  readonly name: string;
  readonly release: Fact<string>;
  /** The worst of its parts. */
  readonly verdict: BootVerdict;
  readonly parts: readonly BootPart[];
}

/** What `check --json` prints: schemas/check-v1.json. */
export interface Bootability {
  readonly loader: Fact<BootLoaderName>;
  readonly verdict: BootVerdict;
  /** The entry that boots next; unknown where the loader is not one that hostcfg can drive. */
  readonly entry: Fact<BootEntryCheck>;
  /** Why it is this one, one clause. */
  readonly by?: string;
  /** Another kernel that the menu offers; unknown with the reason where there is none. */
  readonly fallback: Fact<BootEntryCheck>;
  /** Errors are what makes it broken; a fallback that is lacking or broken is a warning. */
  readonly problems: readonly Diagnostic[];
}
