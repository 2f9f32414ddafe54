import { known, unknown } from "../../facts/fact.ts";
import type {
  BootLoaderName,
  EspFacts,
  Fact,
  HostState,
  LoaderDefault,
  LoaderEntry,
} from "../../model/index.ts";
import { choose } from "./choice.ts";
import { releaseOf } from "./entry-release.ts";
import { inMenuOrder } from "./order.ts";
import { isWayBack } from "./way-back-entry.ts";
import { isOurs, isPin, releaseOfPin } from "../kernelstub/pin-files.ts";
import { currentId, oldId } from "../kernelstub/probe.ts";
import { efiLine } from "../line-length.ts";
import { problem } from "../problem.ts";
import type { Menu, MenuEntry } from "../menu.ts";

/** The menu of systemd-boot where kernelstub writes its entries. */
export function kernelstubMenu(state: HostState): Fact<Menu> {
  const facts = state.bootLoader.kernelstub;
  if (facts === undefined) return unknown("kernelstub is not installed on this host");
  const { entries, loaderDefault, esp, name } = facts;
  for (const fact of [entries, loaderDefault, esp, name]) if (!fact.known) return fact;
  if (!entries.known || !loaderDefault.known || !esp.known || !name.known) return unknown("no facts");
  const own = [currentId(name.value), oldId(name.value)];
  const written = (entry: LoaderEntry): boolean => own.includes(entry.id) || isOurs(entry.id);
  return menuOf({
    loader: "kernelstub",
    state,
    entries: entries.value,
    setting: loaderDefault.value,
    esp: esp.value,
    // Only of those the files were hashed: the others are recovery systems and other hosts.
    candidates: entries.value.filter(written),
    release: (entry) => releaseOf(entry, state.kernels, isPin(entry.id) ? releaseOfPin(entry) : undefined),
  });
}

/** The menu of systemd-boot with kernel-install. */
export function systemdBootMenu(state: HostState): Fact<Menu> {
  const facts = state.bootLoader.systemdBoot;
  if (facts === undefined) return unknown("the ESP of this host holds no systemd-boot");
  const { entries, loaderDefault, esp } = facts;
  if (!entries.known) return entries;
  if (!loaderDefault.known) return loaderDefault;
  return menuOf({
    loader: "systemd-boot",
    state,
    entries: entries.value,
    setting: loaderDefault.value,
    esp,
    candidates: entries.value,
    // Of what boots anyway, mostly with an older initrd.
    copies: ({ id }) => isWayBack(id),
    release: (entry) =>
      entry.version === undefined ? releaseOf(entry, state.kernels) : known(entry.version),
  });
}

interface Work {
  readonly loader: BootLoaderName;
  readonly state: HostState;
  readonly entries: readonly LoaderEntry[];
  readonly setting: LoaderDefault;
  readonly esp: EspFacts;
  /** The entries that may be the way back. */
  readonly candidates: readonly LoaderEntry[];
  /** Candidates that are no other kernel to go back to. */
  readonly copies?: (entry: LoaderEntry) => boolean;
  readonly release: (entry: LoaderEntry) => Fact<string>;
}

function menuOf(work: Work): Fact<Menu> {
  const { entries, setting, esp, candidates, release, copies = () => false } = work;
  const choice = choose(entries, setting);
  if (choice === undefined && entries.length > 0) return unknown("systemd-boot remembers its last choice");
  const foreign = (entry: LoaderEntry): boolean => !candidates.includes(entry);
  const toEntry = (entry: LoaderEntry): MenuEntry => ({
    name: entry.id,
    release: release(entry),
    image: known(entry.image),
    initrd: known(entry.initrd),
    options: entry.options,
    line: efiLine(entry.initrd?.path.replace(esp.mountPoint, "") ?? "", entry.options),
    copied: !foreign(entry),
    foreign: foreign(entry),
    needsRoot: work.loader === "kernelstub",
  });
  if (choice === undefined)
    return known({
      chosen: undefined,
      by: `${esp.mountPoint}/loader/entries holds no entry`,
      fallback: unknown("the menu is empty"),
      problems: [],
    });
  const chosen = toEntry(choice.entry);
  const others = inMenuOrder(candidates.filter((entry) => !copies(entry)))
    .filter(({ path }) => path !== choice.entry.path)
    .map(toEntry)
    .filter((other) => !sameKernel(other, chosen));
  return known({
    chosen,
    by: choice.by,
    fallback: others[0] === undefined ? unknown("the menu has no other kernel") : known(others[0]),
    problems: strayDefault(work, choice.missed),
  });
}

function sameKernel({ release: one }: MenuEntry, { release: other }: MenuEntry): boolean {
  return one.known && other.known && one.value === other.value;
}

/**
 * What names no entry is passed over by systemd-boot, and the first of the menu starts (systemd-boot(7)). Beside
 * kernelstub's, that may be a recovery system or another host.
 */
function strayDefault({ loader }: Work, missed: string | undefined): Menu["problems"] {
  if (missed === undefined) return [];
  return [
    {
      ...problem(
        "default-entry-missing",
        `the default is ${missed}, and there is no such entry`,
        loader === "kernelstub" ? "sudo kernelstub" : "set another one: sudo bootctl set-default ENTRY",
      ),
      severity: loader === "kernelstub" ? "error" : "warning",
    },
  ];
}
