import { posix } from "node:path";
import { known, unknown } from "../../facts/fact.ts";
import type { BootFile, Fact, GrubMenuEntry, HostState, KernelFact } from "../../model/index.ts";
import { defaultEntry, entriesOf, isRecovery, releaseOf } from "./default-entry.ts";
import { MENU } from "./probe.ts";
import { problem } from "../problem.ts";
import type { Menu, MenuEntry } from "../menu.ts";

/** GRUB's generated menu. Its entries name the files of /boot themselves. */
export function grubMenu(state: HostState): Fact<Menu> {
  const facts = state.bootLoader.grub;
  if (facts === undefined) return unknown("this host has no GRUB menu");
  const { menu, environment } = facts;
  if (!menu.known) return menu;
  if (!environment.known) return environment;
  if (!state.kernels.known) return state.kernels;
  const kernels = state.kernels.value;
  const choice = defaultEntry(menu.value, environment.value);
  if (choice === undefined)
    return known({
      chosen: undefined,
      by: `${MENU} has no entries, or none that grub-reboot could have chosen`,
      fallback: unknown("the menu is empty"),
      problems: [],
    });
  const other = entriesOf(menu.value.items).find(
    (entry) =>
      !isRecovery(entry) && releaseOf(entry) !== undefined && releaseOf(entry) !== releaseOf(choice.entry),
  );
  return known({
    chosen: toEntry(choice.entry, kernels),
    by: choice.by,
    fallback: other === undefined ? unknown("the menu has no other kernel") : known(toEntry(other, kernels)),
    problems:
      choice.missed !== undefined
        ? [
            {
              ...problem("default-entry-missing", choice.by, "declare kernel.release, or set GRUB_DEFAULT"),
              severity: "warning",
            },
          ]
        : [],
  });
}

function toEntry(entry: GrubMenuEntry, kernels: readonly KernelFact[]): MenuEntry {
  const { linux, initrd, options } = entry;
  const release = releaseOf(entry);
  const line = options.join(" ");
  const unlike = unknown(`"${entry.title}" starts no kernel of this system`);
  return {
    name: entry.id ?? entry.title,
    release: release === undefined ? unlike : known(release),
    image:
      release === undefined
        ? unlike
        : known(
            named(
              linux,
              kernels.map(({ image }) => image),
            ),
          ),
    initrd: initrdOf(initrd, kernels),
    options: line,
    line: `BOOT_IMAGE=${linux ?? ""} ${line}`,
    copied: false,
    foreign: false,
    needsRoot: true,
  };
}

function initrdOf(path: string | undefined, kernels: readonly KernelFact[]): MenuEntry["initrd"] {
  if (path === undefined) return known("none");
  const found = named(
    path,
    kernels.map(({ initrd }) => initrd),
  );
  return found !== undefined || posix.basename(path).startsWith("initrd.img-")
    ? known(found)
    : unknown(`${path} is not named as hostcfg knows initrds`);
}

/** By its name alone: how GRUB's path begins depends on which file system holds it. */
function named(path: string | undefined, files: readonly (BootFile | undefined)[]): BootFile | undefined {
  return path === undefined
    ? undefined
    : files.find((file) => file !== undefined && posix.basename(file.path) === posix.basename(path));
}
