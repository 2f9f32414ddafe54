import { posix } from "node:path";
import { known, unknown } from "../../facts/fact.ts";
import type { BootFile, Fact, GrubMenuEntry, HostState, KernelFact } from "../../model/index.ts";
import { layoutOf } from "../../platform/platforms.ts";
import type { Menu, MenuEntry } from "../menu.ts";
import { wayBackAmong } from "../menu.ts";
import { problem } from "../problem.ts";
import { defaultEntry, entriesOf, isRecovery, nameIn, startsOther } from "./default-entry.ts";
import { kernelCalled } from "./kernel-names.ts";
import { wholeMenu } from "./menu-text.ts";
import { listed } from "./predict-menu.ts";
import { MENU } from "./probe.ts";
import { settingsOf } from "./settings.ts";
import { faultProblems } from "./shell-faults.ts";

/** What a plan shows for an entry that names none. */
export const NO_INITRD = "none";

/** GRUB's generated menu. Its entries name the files of /boot themselves. */
export function menu(state: HostState): Fact<Menu> {
  const { bootLoader, kernels, running } = state;
  const facts = bootLoader.grub;
  if (facts === undefined) return unknown("this host has no GRUB menu");
  if (facts.elsewhere !== undefined) return unknown(facts.elsewhere);
  if (!facts.menu.known) return facts.menu;
  if (!facts.environment.known) return facts.environment;
  const whole = wholeMenu(facts.menu.value, facts.custom.menu);
  const found = defaultEntry(whole, facts.environment.value);
  if (found?.known === false) return found;
  const choice = found?.value;
  if (choice === undefined) {
    const by = `${MENU} has no entries, or none that grub-reboot could have chosen`;
    return known({
      chosen: undefined,
      by,
      rule: by,
      fallback: unknown("the menu is empty"),
      problems: [],
    });
  }
  const chosen = toEntry(choice.entry, state);
  const starts = (entry: GrubMenuEntry): string | undefined => realRelease(nameIn(entry), kernels);
  // Recovery entries start the same kernels.
  const others = entriesOf(whole.items)
    .filter(
      (entry) => !isRecovery(entry) && starts(entry) !== undefined && starts(entry) !== starts(choice.entry),
    )
    .map((entry) => toEntry(entry, state));
  return known({
    chosen,
    by: choice.by,
    rule: `GRUB starts ${choice.entry.id ?? `"${choice.entry.title}"`}: ${choice.by}`,
    fallback: wayBackAmong(others, chosen, running.release),
    problems: [
      ...(choice.missed === undefined
        ? []
        : [problem("default-entry-missing", choice.by, "declare kernel.release, or set GRUB_DEFAULT")]),
      // The menu was made before; what stands in the settings meets the next update-grub.
      ...(facts.settings.known ? faultProblems(settingsOf(facts.settings.value).faults) : []),
    ].map((found) => ({ ...found, severity: "warning" })),
  });
}

function toEntry(entry: GrubMenuEntry, state: HostState): MenuEntry {
  const { kernels } = state;
  const { linux, initrd, options } = entry;
  const said = nameIn(entry);
  const line = options.join(" ");
  const other = startsOther(entry);
  const unlike = unknown(
    `"${entry.title}" starts no kernel of this system${other === undefined ? "" : `: ${other}`}`,
  );
  return {
    name: entry.id ?? entry.title,
    release: said === undefined ? unlike : releaseFact(entry, said, kernels),
    said: said === undefined ? undefined : releaseSaid(said, kernels),
    reads: { kernel: linux ?? "none", initrd: initrd ?? NO_INITRD },
    image: said === undefined ? unlike : fileNamed(linux, "image", kernels),
    initrd: said === undefined ? unlike : initrdOf(initrd, state),
    options: line,
    line: `BOOT_IMAGE=${linux ?? ""} ${line}`,
    copied: false,
    foreign: other !== undefined,
    // What a live system or a rescue image takes for its root is its own affair.
    needsRoot: said !== undefined,
  };
}

function releaseFact(
  { title, linux }: GrubMenuEntry,
  said: string,
  kernels: Fact<readonly KernelFact[]>,
): Fact<string> {
  if (!kernels.known) return kernels;
  return listed(kernels.value).includes(said)
    ? known(realRelease(said, kernels) ?? said)
    : unknown(`"${title}" names ${linux ?? ""}, which is not there`);
}

/** The release that a name stands for. */
function releaseSaid(said: string, kernels: Fact<readonly KernelFact[]>): string {
  return (kernels.known ? kernelCalled(kernels.value, said) : undefined)?.release ?? said;
}

/** What an image of this name starts: a copy says it itself. */
function realRelease(said: string | undefined, kernels: Fact<readonly KernelFact[]>): string | undefined {
  if (said === undefined) return undefined;
  const named = kernels.known ? kernelCalled(kernels.value, said) : undefined;
  return named?.inImage ?? releaseSaid(said, kernels);
}

function initrdOf(path: string | undefined, state: HostState): MenuEntry["initrd"] {
  if (path === undefined) return known("none");
  const found = fileNamed(path, "initrd", state.kernels);
  const isKnown = (): boolean => layoutOf(state).fileAt(`/boot/${posix.basename(path)}`)?.part === "initrd";
  return !found.known || found.value !== undefined || isKnown()
    ? found
    : unknown(`${path} has no initrd name that hostcfg knows`);
}

/** By its name alone: how GRUB's path begins depends on which file system holds it. */
function fileNamed(
  path: string | undefined,
  part: "image" | "initrd",
  kernels: Fact<readonly KernelFact[]>,
): Fact<BootFile | undefined> {
  if (!kernels.known) return kernels;
  const files = kernels.value.map((kernel) => kernel[part]);
  return known(
    files.find(
      (file) =>
        path !== undefined && file !== undefined && posix.basename(file.path) === posix.basename(path),
    ),
  );
}
