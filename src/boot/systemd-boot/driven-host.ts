import type {
  Fact,
  LoaderDefault,
  LoaderEntry,
  Diagnostic,
  SystemdBootFacts,
  TextFile,
} from "../../model/index.ts";
import { known } from "../../facts/fact.ts";
import type { Choice } from "../bls/choice.ts";
import { choose } from "../bls/choice.ts";
import { hasImage, ownKernel, releaseOf } from "../bls/entry-release.ts";
import { isKept } from "../bls/way-back-entry.ts";
import { otherEsp } from "../bls/other-esp.ts";
import { problem } from "../problem.ts";
import type { LoaderInput } from "../loader.ts";

/** What is known of a host that can be driven. */
export interface Host {
  readonly facts: SystemdBootFacts;
  /** Those of others: what hostcfg keeps as the way back is neither a target nor another kernel to go back to. */
  readonly entries: readonly LoaderEntry[];
  /** All of the menu. */
  readonly menu: readonly LoaderEntry[];
  readonly setting: LoaderDefault;
  readonly files: readonly TextFile[];
  readonly token: string;
  readonly choice: Choice | undefined;
}

export function usable(facts: SystemdBootFacts | undefined): Host | { problems: readonly Diagnostic[] } {
  if (facts === undefined)
    return { problems: [problem("boot-loader-missing", "the ESP of this host holds no systemd-boot")] };
  const { entries, others = [], loaderDefault, files, token, esp } = facts;
  if (esp.elsewhere !== undefined) return { problems: [otherEsp(esp.elsewhere)] };
  for (const fact of [entries, loaderDefault, files, token])
    if (!fact.known) return { problems: [problem("systemd-boot-unreadable", fact.why)] };
  if (!entries.known || !loaderDefault.known || !files.known || !token.known) return { problems: [] };
  return {
    facts,
    entries: entries.value.filter(({ id }) => !isKept(id)),
    menu: [...entries.value, ...others],
    setting: loaderDefault.value,
    files: files.value,
    token: token.value,
    choice: choose([...entries.value, ...others], loaderDefault.value),
  };
}

/** What the image itself says where it is /boot's own; by content where /boot has the kernel, by the entry's own word where it has not. */
export function releaseFact(
  entry: LoaderEntry,
  kernels: LoaderInput["state"]["kernels"],
  preferred?: string,
): Fact<string> {
  const own = ownKernel(entry, kernels);
  if (own?.name !== undefined && entry.initrd !== undefined) return known(own.release);
  const { version } = entry;
  if (version !== undefined && entry.image !== undefined && !hasImage(kernels, version))
    return known(version);
  return releaseOf(entry, kernels, preferred ?? version);
}
