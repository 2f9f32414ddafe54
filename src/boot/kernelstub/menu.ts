import { unknown } from "../../facts/fact.ts";
import type { Fact, HostState, LoaderEntry } from "../../model/index.ts";
import { releaseOf } from "../bls/entry-release.ts";
import { blsMenu } from "../bls/menu.ts";
import type { Menu } from "../menu.ts";
import { isOurs, isPin, releaseOfPin } from "./pin-files.ts";
import { currentId, oldId } from "./probe.ts";

/** The menu of systemd-boot where kernelstub writes its entries. */
export function menu(state: HostState, preferred?: string): Fact<Menu> {
  const facts = state.bootLoader.kernelstub;
  if (facts === undefined) return unknown("kernelstub is not installed on this host");
  const { entries, others = [], loaderDefault, esp, name } = facts;
  if (!esp.known) return esp;
  if (!loaderDefault.known) return loaderDefault;
  if (!entries.known) return entries;
  if (!name.known) return name;
  const own = [currentId(name.value), oldId(name.value)];
  const written = (entry: LoaderEntry): boolean => own.includes(entry.id) || isOurs(entry.id);
  return blsMenu({
    loader: "kernelstub",
    entries: [...entries.value, ...others],
    setting: loaderDefault.value,
    esp: esp.value,
    // Only of those the files were hashed: the others are recovery systems and other hosts.
    candidates: entries.value.filter(written),
    running: state.running.release,
    cmdline: state.running.cmdline,
    release: (entry) => releaseOf(entry, state.kernels, isPin(entry.id) ? releaseOfPin(entry) : preferred),
  });
}
