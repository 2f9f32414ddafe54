import type { Diagnostic, GrubFacts, GrubMenu, KernelFact } from "../../model/index.ts";
import type { BootWish } from "../loader.ts";
import type { DeclaredOptions } from "../options.ts";
import { mergeOptions } from "../options.ts";
import { problem, warning } from "../problem.ts";
import { defaultEntry, isGenerated, nameIn, takesOptions } from "./default-entry.ts";
import type { Grub } from "./host.ts";
import { nameOfRelease } from "./kernel-names.ts";
import { wholeMenu } from "./menu-text.ts";
import { PROXMOX_PIN } from "./probe.ts";
import { listed } from "./predict-menu.ts";
import type { Settings } from "./settings.ts";
import { DROP_IN } from "./settings.ts";
import type { Home } from "./own-settings.ts";
import type { Wanted } from "./wanted.ts";
import { toScript } from "./words.ts";

/** What a person must know before GRUB's settings are written, or what forbids it. */

export function inexpressible(present: readonly string[]): Diagnostic[] {
  return present.flatMap((option, index): Diagnostic[] => {
    if (toScript(option) !== undefined) return [];
    return [
      {
        ...problem(
          "option-inexpressible",
          `GRUB cannot hand ${option} to the kernel: it puts a backslash before a quote or backslash inside of a value`,
          "declare it without that character, or boot with another loader",
        ),
        specPath: ["kernelOptions", "present", index],
      },
    ];
  });
}

/** Debian's package runs grub-install itself; Arch's leaves that to its owner. */
export function notReinstalled({ notReinstalled: isOlder }: Pick<Grub, "notReinstalled">): Diagnostic[] {
  if (!isOlder) return [];
  return [
    warning(
      "grub-not-reinstalled",
      "GRUB's package is of another build than what grub-install put into /boot/grub, and a menu of the new one may use what the old one does not know",
      "first run grub-install again, with the options that it was run with",
    ),
  ];
}

/** proxmox-boot-cleanup.service takes such a pin away after the boot. */
export function pinnedOnce(
  { nextBootPin }: Pick<GrubFacts, "nextBootPin">,
  { defaultFrom }: Settings,
  wish: BootWish,
): Diagnostic[] {
  if (wish.release === undefined || nextBootPin === undefined || defaultFrom !== PROXMOX_PIN) return [];
  return [
    problem(
      "one-shot-entry",
      `the next boot starts ${nextBootPin}, pinned for one boot`,
      "sudo proxmox-boot-tool kernel unpin --next-boot, or reboot once before",
    ),
  ];
}

/** What forbids to write hostcfg's own settings, and the way out. */
export function edited(home: Home): [summary: string, hint: string] {
  return home.isDropIn
    ? [
        `${home.path} is hostcfg's own file, and somebody has changed it`,
        "move what was added to another file of that folder, and remove this one",
      ]
    : [
        `hostcfg's part of ${home.path} is its own, and somebody has changed it`,
        'move what was added out of it, and remove what is between "BEGIN hostcfg" and "END hostcfg", these lines too',
      ];
}

/** A line of a person's that hostcfg leaves alone. */
export function notEdited(
  why: string,
  { added, cut }: Pick<Wanted, "added" | "cut">,
  argv: readonly string[],
): Diagnostic {
  const removed = cut.map(({ option }) => option);
  const todo = [
    ...(added.length === 0 ? [] : [`add ${added.join(" ")} to it`]),
    ...(removed.length === 0 ? [] : [`remove ${removed.join(" ")}`]),
  ].join(" and ");
  return problem(
    "grub-settings-unknown",
    `hostcfg cannot edit the option line of GRUB's settings surely: ${why}`,
    `write GRUB_CMDLINE_LINUX_DEFAULT as plain text, as the last that sets it; or by hand ${todo}, then sudo ${argv.join(" ")}`,
  );
}

/** A later drop-in that assigns again what hostcfg's says would win without a word. */
export function overridden(
  settings: Settings,
  pin: string | undefined,
  wish: BootWish,
  { changes, home }: { readonly changes: boolean; readonly home: Home },
): Diagnostic[] {
  if (!changes) return [];
  const ours = home.isDropIn ? "hostcfg's own file" : `hostcfg's part of ${home.path}`;
  const { default: chosen, everywhere, usual } = settings;
  const found: Diagnostic[] = [];
  if (pin !== undefined && !chosen.known)
    found.push(
      problem(
        "grub-overridden",
        `GRUB_DEFAULT is set after ${ours}, so the pin would not count: ${chosen.why}`,
        remedy(home, /^[^:]+/.exec(chosen.why)?.[0] ?? "that file"),
      ),
    );
  else if (pin !== undefined && chosen.known && chosen.value !== pin) {
    const file = settings.defaultFrom ?? "a settings file";
    found.push(
      problem(
        "grub-overridden",
        `${file} sets GRUB_DEFAULT after ${ours}, so the pin would not count`,
        remedy(home, file),
      ),
    );
  }
  if (wish.options === undefined || contradictsItself(wish.options)) return found;
  const words = [everywhere, usual].flatMap((line) => (line.known ? line.value : []));
  const reached =
    everywhere.known &&
    usual.known &&
    mergeOptions(
      words.map(({ option }) => option),
      wish.options,
    ).edits.length === 0;
  if (!reached) {
    const file = words.at(-1)?.cells.at(-1)?.file ?? "a later settings file";
    const lost = [everywhere, usual].flatMap((line) => (line.known ? [] : [line.why]))[0];
    const why =
      lost ??
      `${file} assigns GRUB_CMDLINE_LINUX_DEFAULT after ${ours}, or a "--" ends the kernel's part of it`;
    found.push(
      problem(
        "grub-overridden",
        `the declared options would not reach the kernel's line: ${why}`,
        remedy(home, file),
      ),
    );
  }
  return found;
}

/** No file could hold it, so none is to blame; it is said where it is declared. */
function contradictsItself(declared: DeclaredOptions): boolean {
  return mergeOptions(mergeOptions([], declared).options, declared).edits.length > 0;
}

function remedy(home: Home, file: string): string {
  if (file === PROXMOX_PIN) return "sudo proxmox-boot-tool kernel unpin";
  // Debian's xen-hypervisor-common asks for it itself.
  if (file.endsWith("/xen.cfg")) return `set XEN_OVERRIDE_GRUB_DEFAULT=0 at the top of ${file}`;
  if (!home.isDropIn) return `remove that assignment from ${file}`;
  return `remove the assignment from ${file}, or give the file a name that sorts before ${DROP_IN}`;
}

export function notListed(
  release: string,
  kernels: readonly KernelFact[],
  { pruned }: Pick<Grub, "pruned">,
): Diagnostic[] {
  if (pruned)
    return [
      problem(
        "grub-not-listed",
        `update-grub would leave ${release} out of the menu: today's menu has no submenu of kernels, only the newest one's entry`,
        "look at /etc/grub.d for scripts of grub-customizer or of your own, and let 10_linux write its submenu",
      ),
    ];
  const name = nameOfRelease(kernels, release);
  if (listed(kernels).includes(name)) return [];
  return [
    problem(
      "grub-not-listed",
      `update-grub would leave ${release} out of the menu`,
      `it lists regular files named /boot/vmlinuz-RELEASE, but no leftovers of packaging tools: look at /boot/vmlinuz-${name}`,
    ),
  ];
}

export function oneShot(
  grub: Pick<Grub, "menu" | "environment">,
  wish: BootWish,
  kernels: readonly KernelFact[],
): Diagnostic[] {
  const found = defaultEntry(grub.menu, grub.environment);
  const chosen = found?.known === true ? found.value : undefined;
  const name = wish.release === undefined ? undefined : nameOfRelease(kernels, wish.release);
  if (chosen?.once !== true || name === undefined || nameIn(chosen.entry) === name) return [];
  return [
    problem(
      "one-shot-entry",
      `the next boot starts another entry: ${chosen.by}`,
      "sudo grub-editenv - unset next_entry, or reboot once before",
    ),
  ];
}

/**
 * update-grub puts options on the lines that it writes, but not on those for recovery; an entry of somebody's own, or of
 * another system, has its own.
 */
export function notReached(
  { custom, environment }: Pick<Grub, "custom" | "environment">,
  after: GrubMenu | undefined,
  { options }: BootWish,
): Diagnostic[] {
  const found = after === undefined ? undefined : defaultEntry(wholeMenu(after, custom), environment);
  if (options === undefined || found === undefined) return [];
  if (!found.known)
    return [
      notNext(
        `whether the declared options reach the next boot is unknown: ${found.why}`,
        "choose another default (GRUB_DEFAULT, or declare kernel.release)",
      ),
    ];
  const { entry, by } = found.value;
  if (takesOptions(entry)) return [];
  if (mergeOptions(entry.options, options).edits.length === 0) return [];
  const [why, instead] = isGenerated(entry)
    ? ["which gets those of GRUB_CMDLINE_LINUX only", "put the options there by hand"]
    : ["which update-grub does not write", "write the options into that entry by hand"];
  return [
    notNext(
      `the declared options would not reach the next boot: it starts "${entry.title}", ${why}`,
      `choose another default (GRUB_DEFAULT, or declare kernel.release), or ${instead}`,
      by,
    ),
  ];
}

function notNext(summary: string, hint: string, detail?: string): Diagnostic {
  return { ...warning("options-not-next", summary, hint), detail };
}
