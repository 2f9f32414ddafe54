import type {
  Diagnostic,
  DiagnosticCode,
  GrubGenerator,
  GrubMenu,
  GrubSettingsFile,
  HostState,
} from "../../model/index.ts";
import type { BootWish } from "../loader.ts";
import { problem } from "../problem.ts";
import { entriesOf, isGenerated } from "./default-entry.ts";
import { wholeMenu } from "./menu-text.ts";
import type { MenuStyle } from "./predict-menu.ts";
import { styleOf } from "./predict-menu.ts";
import type { Home } from "./own-settings.ts";
import { homeOf } from "./own-settings.ts";
import { MENU } from "./probe.ts";
import { faultProblems } from "./shell-faults.ts";
import type { SettingWord, Settings } from "./settings.ts";
import { settingsOf } from "./settings.ts";
import { usersFiles } from "./wanted.ts";

/** All that is needed to drive GRUB, once it is known. */
export interface Grub {
  readonly files: readonly GrubSettingsFile[];
  /** Where hostcfg's own settings stand, or would. */
  readonly home: Home;
  /** As they are, hostcfg's own included. */
  readonly settings: Settings;
  /** The options that the user's own files put on the line of a usual entry. */
  readonly base: readonly SettingWord[];
  /** What update-grub made. */
  readonly generated: GrubMenu;
  /** With the entries of custom.cfg: what GRUB shows. */
  readonly menu: GrubMenu;
  /** Those alone; absent where there is none. */
  readonly custom?: GrubMenu | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly style: MenuStyle;
  /** The menu has its kernels in a submenu. */
  readonly submenus: boolean;
  /** The menu has the newest kernel's first entry alone, as grub-customizer's scripts may leave it. */
  readonly pruned: boolean;
  readonly generator: GrubGenerator;
  readonly nextBootPin?: string | undefined;
  readonly hook: boolean;
  readonly notReinstalled: boolean;
}

/** A host whose GRUB can be driven, or why it cannot. */
export function usable(state: HostState, wish: BootWish): Grub | { problems: readonly Diagnostic[] } {
  const facts = state.bootLoader.grub;
  if (facts === undefined)
    return { problems: [problem("boot-loader-missing", "this host has no GRUB menu")] };
  const { settings, menu, environment, generator, hook, elsewhere } = facts;
  if (elsewhere !== undefined && (wish.release !== undefined || wish.options !== undefined))
    return cannot(
      "other-system-boots",
      elsewhere,
      "in that system: sudo update-grub, and choose there; or have the firmware start this host's own loader: sudo efibootmgr, then --bootorder",
    );
  if (!settings.known) return cannot("grub-unreadable", settings.why);
  if (!menu.known) return cannot("grub-unreadable", menu.why);
  if (!environment.known) return cannot("grub-unreadable", environment.why);
  const base = settingsOf(usersFiles(settings.value));
  const broken = faultProblems(base.faults);
  if (base.faults.some(({ stops }) => stops)) return { problems: broken };
  if (wish.options !== undefined) {
    for (const line of [base.everywhere, base.usual]) {
      if (!line.known)
        return cannot(
          "grub-settings-unknown",
          `hostcfg cannot tell which options GRUB's settings give the kernel: ${line.why}`,
          broken[0] === undefined
            ? 'write that option line as plain text, e.g. GRUB_CMDLINE_LINUX_DEFAULT="quiet"'
            : `${broken[0].summary}; ${broken[0].hint ?? ""}`,
        );
    }
  }
  const style = styleOf(menu.value, state.rootUuid.known ? state.rootUuid.value : undefined);
  if (style === undefined && entriesOf(menu.value.items).some(isGenerated))
    return cannot(
      "grub-entries-unknown",
      `the kernels' entries in ${MENU} are not named as 10_linux names them (Ubuntu's 10_linux_zfs does so on ZFS), and hostcfg does not know how they are made`,
      "edit /etc/default/grub by hand, then sudo update-grub",
    );
  if (style === undefined)
    return cannot("grub-no-kernel", `${MENU} starts no kernel of this system`, "sudo update-grub");
  const present = settingsOf(settings.value);
  const { items } = menu.value;
  const hasSubmenu = items.some((item) => item.kind === "submenu" && isGenerated(item));
  return {
    home: homeOf(settings.value, generator),
    files: settings.value,
    settings: present,
    base: [base.everywhere, base.usual].flatMap((line) => (line.known ? line.value : [])),
    generated: menu.value,
    menu: wholeMenu(menu.value, facts.custom.menu),
    custom: facts.custom.menu,
    environment: environment.value,
    style,
    submenus: present.submenus.known ? present.submenus.value : hasSubmenu,
    // 10_linux itself writes that entry only in front of its submenu.
    pruned: !hasSubmenu && items.some(({ id }) => id?.startsWith("gnulinux-simple-") === true),
    generator,
    nextBootPin: facts.nextBootPin,
    hook,
    notReinstalled: facts.notReinstalled === true,
  };
}

function cannot(code: DiagnosticCode, summary: string, hint?: string): { problems: Diagnostic[] } {
  return { problems: [problem(code, summary, hint)] };
}
