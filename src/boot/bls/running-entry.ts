import type { HostState, LoaderEntry } from "../../model/index.ts";
import { essenceOf, splitLine } from "../../cmdline.ts";

/** The Boot Loader Specification entries of this host, whichever loader reads them. */
export function loaderEntries({ bootLoader }: HostState): readonly LoaderEntry[] {
  return [bootLoader.kernelstub?.entries, bootLoader.systemdBoot?.entries].flatMap((fact) =>
    fact?.known === true ? fact.value : [],
  );
}

/**
 * The entry that this boot came by, so that it is known to be good: the EFI stub hands on the initrd that it was given
 * (`initrd=\\EFI\\…`). Undefined where that names no entry's initrd, or that of several
 * whose options do not tell which of them it was.
 */
export function runningEntry(state: HostState): LoaderEntry | undefined {
  if (!state.running.cmdline.known) return undefined;
  const given = splitLine(state.running.cmdline.value)
    .filter((option) => option.startsWith("initrd="))
    .at(-1)
    ?.slice("initrd=".length)
    .replaceAll("\\", "/");
  if (given === undefined || given === "") return undefined;
  const found = loaderEntries(state).filter(
    ({ initrd }) => initrd?.path.toLowerCase().endsWith(given.toLowerCase()) === true,
  );
  if (found.length < 2) return found[0];
  const line = essenceOf(state.running.cmdline.value);
  const [entry, ...others] = found.filter(({ options }) => essenceOf(options) === line);
  return others.length === 0 ? entry : undefined;
}
