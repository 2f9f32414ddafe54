import type { LoaderEntry } from "../../model/index.ts";
import type { LoaderInput } from "../loader.ts";
import type { Stub } from "./host.ts";
import { HOOK_MODE, isPin, pinHooks } from "./pin-files.ts";
import { namedDefault } from "../bls/choice.ts";

/** What one plan for a pin works with. */
export interface PinWork {
  readonly stub: Stub;
  readonly input: LoaderInput;
  readonly release: string;
  /** The pin's own entry, where it is there. */
  readonly entry: LoaderEntry | undefined;
  readonly line: string;
  readonly pattern: string;
}

/** The pin that boots next as things stand, if it is one. */
export function chosenPin(stub: Stub): LoaderEntry | undefined {
  const entry = namedEntry(stub);
  return entry !== undefined && isPin(entry.id) ? entry : undefined;
}

/** The one entry that the default names. */
export function namedEntry({ default: setting, entries, others }: Stub): LoaderEntry | undefined {
  const [entry, ...more] = namedDefault([...entries, ...others], setting)?.named ?? [];
  return more.length === 0 ? entry : undefined;
}

export function wrongHooks(stub: Stub): ReturnType<typeof pinHooks> {
  return pinHooks(stub.esp.mountPoint).filter(
    ({ path, content }) =>
      !stub.files.some((file) => file.path === path && file.text === content && file.mode === HOOK_MODE),
  );
}
