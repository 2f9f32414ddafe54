import { posix } from "node:path";
import { attempt, known } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { Fact, LoaderDefault } from "../../model/index.ts";
import { LOADER_DEFAULT, hasVariables, readLoaderVariable } from "../efi-variables.ts";
import { isRemembered } from "./choice.ts";
import { loaderSetting } from "./entry-text.ts";

export function loaderConf(esp: string): string {
  return posix.join(esp, "loader/loader.conf");
}

export function isLoaderConf(path: string): boolean {
  return path.endsWith("/loader/loader.conf");
}

/** Whether a plan sets the default there: in loader.conf, or in the EFI variable. */
export function holdsDefault(path: string): boolean {
  return path === LOADER_DEFAULT || isLoaderConf(path);
}

/** What says which entry boots: loader.conf(5) on the ESP, and the EFI variables that beat it. */
export function readDefault(reader: Reader, esp: string): Fact<LoaderDefault> {
  const path = loaderConf(esp);
  const text = attempt(path, () => reader.readText(path) ?? "");
  if (!text.known) return text;
  const configured = loaderSetting(text.value, "default");
  const variables = readVariables(reader, configured);
  if (!variables.known) return variables;
  const { variablesKnown, ...others } = variables.value;
  return known({ file: reader.stat(path) !== undefined, variablesKnown, configured, ...others });
}

/**
 * The variables of the Boot Loader Interface that say which entry boots.
 *
 * @param configured The default of loader.conf, which may be the choice that the loader remembers.
 */
export function readVariables(
  reader: Reader,
  configured?: string,
): Fact<Omit<LoaderDefault, "file" | "configured">> {
  const variable = readLoaderVariable(reader, "LoaderEntryDefault");
  const oneShot = readLoaderVariable(reader, "LoaderEntryOneShot");
  if (!variable.known) return variable;
  if (!oneShot.known) return oneShot;
  const [loaderInfo, selected] = ["LoaderInfo", "LoaderEntrySelected"].map((name) => {
    const value = readLoaderVariable(reader, name);
    return value.known && value.value !== "" ? value.value : undefined;
  });
  const saved = [configured, variable.value].some(isRemembered)
    ? readLoaderVariable(reader, "LoaderEntryLastBooted")
    : undefined;
  return known({
    variablesKnown: hasVariables(reader),
    ...(variable.value === "" ? {} : { variable: variable.value }),
    ...(oneShot.value === "" ? {} : { oneShot: oneShot.value }),
    ...(saved?.known === true && hasVariables(reader) ? { saved: saved.value } : {}),
    loaderInfo,
    selected,
  });
}
