import { posix } from "node:path";
import { attempt, known } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { Fact, LoaderDefault } from "../../model/index.ts";
import { hasVariables, readLoaderVariable } from "../efi-variables.ts";
import { isRemembered } from "./choice.ts";
import { loaderSetting } from "./entry-text.ts";

export function loaderConf(esp: string): string {
  return posix.join(esp, "loader/loader.conf");
}

/** What says which entry boots: loader.conf(5) on the ESP, and the EFI variables that beat it. */
export function readDefault(reader: Reader, esp: string): Fact<LoaderDefault> {
  const path = loaderConf(esp);
  const text = attempt(path, () => reader.readText(path) ?? "");
  const variable = readLoaderVariable(reader, "LoaderEntryDefault");
  const oneShot = readLoaderVariable(reader, "LoaderEntryOneShot");
  if (!text.known) return text;
  if (!variable.known) return variable;
  if (!oneShot.known) return oneShot;
  const configured = loaderSetting(text.value, "default");
  const [loaderInfo, selected] = ["LoaderInfo", "LoaderEntrySelected"].map((name) => {
    const value = readLoaderVariable(reader, name);
    return value.known && value.value !== "" ? value.value : undefined;
  });
  const saved = [configured, variable.value].some(isRemembered)
    ? readLoaderVariable(reader, "LoaderEntryLastBooted")
    : undefined;
  return known({
    file: reader.stat(path) !== undefined,
    variablesKnown: hasVariables(reader),
    ...(configured === undefined ? {} : { configured }),
    ...(variable.value === "" ? {} : { variable: variable.value }),
    ...(oneShot.value === "" ? {} : { oneShot: oneShot.value }),
    ...(saved?.known === true && hasVariables(reader) ? { saved: saved.value } : {}),
    ...(loaderInfo === undefined ? {} : { loaderInfo }),
    ...(selected === undefined ? {} : { selected }),
  });
}
