import type { KernelFact } from "../../model/index.ts";
import { PLATFORMS } from "../../platform/platforms.ts";

/** The releases that kernelstub takes when it is run without paths. */
export interface NewestPair {
  readonly newest?: string | undefined;
  /** The next newest: its "old kernel". */
  readonly previous?: string | undefined;
  /** The release that it dies of, because python-debian takes the name for no version. It takes no pair then. */
  readonly crash?: string;
}

/**
 * kernelstub's rule since 3.1.2: the newest pair of names in /boot by Debian version order, whole or not. It parses no
 * version while there is only one pair, so a lone invalid name does it no harm. Between two releases that dpkg
 * takes for equal it goes by the order of the folder, which no Reader shows; here the code units decide.
 */
export function newestPair(kernels: readonly KernelFact[]): NewestPair {
  const pairs = kernels.filter(({ image, initrd }) => image !== undefined && initrd !== undefined);
  const releases = pairs.map(({ release }) => release);
  const crash = releases.find((release) => !isDebianVersion(release));
  if (releases.length > 1 && crash !== undefined) return { crash };
  const layout = PLATFORMS.debian.layout([]);
  const [newest, previous] = releases.sort((a, b) => layout.newestFirst(a, b));
  return { newest, previous };
}

/**
 * Whether python-debian's `Version` class takes the text; kernelstub orders kernels with that class and dies
 * with a ValueError on any other. It asks for less than Debian policy 5.6.12: the version need not start with a
 * digit (`next-20260101`). A colon counts as part of the version only after an epoch.
 */
export function isDebianVersion(text: string): boolean {
  return /^(?:[0-9]+:[A-Za-z0-9.+:~-]+|[A-Za-z0-9.+~-]+)$/.test(text);
}
