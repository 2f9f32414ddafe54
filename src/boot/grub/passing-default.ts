import type { Change, Diagnostic, HostState, PackageRef } from "../../model/index.ts";
import { imageToCome } from "../../platform/platforms.ts";
import { kernelsThatStay, replacedBy } from "../../platform/replaced.ts";
import type { DraftStep, LoaderInput } from "../loader.ts";
import { warning } from "../problem.ts";
import { WAY_BACK_ADDRESS, givenBackChange } from "../way-back.ts";
import { run } from "../run.ts";
import { writeText } from "../write-text.ts";
import { defaultEntry, isGenerated, isRecovery, nameIn } from "./default-entry.ts";
import type { Grub } from "./host.ts";
import { nameOf } from "./kernel-names.ts";
import { MENU_WRITTEN, makeMenu, menuProgram } from "./menu-program.ts";
import { editedText, withOwn } from "./own-settings.ts";
import { entryPath, listed } from "./predict-menu.ts";
import { settingsOf, textIn, withFiles } from "./settings.ts";
import type { Owned } from "./wanted.ts";

/** What a plan that installs packages has boot as long as it is at work. */
export interface Meanwhile {
  /** Hostcfg's drop-in has, or gets, what the end of the plan has to take out. */
  readonly isHeld: boolean;
  /** Empty where the default names what boots now by itself, or nothing can. */
  readonly opening: readonly DraftStep[];
  /** GRUB and its settings as the opening leaves them. */
  readonly grub: Grub;
  /** That an earlier apply's passing default is still there. */
  readonly changes: readonly Change[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Each kernel package runs update-grub, and its menu has the newest image first, also where that image got no initrd: a
 * full /var/tmp or a mkinitramfs that was stopped is enough. So before the packages hostcfg's drop-in names what boots now
 * as the default, by its ids, and the end of the plan takes that out again. A cut or a failure in between leaves what has
 * booted as the default, whoever makes the menu after it.
 *
 * A package of pacman's takes the place of the kernel of its name, whose image and initrd go first. Where that boots next, another
 * kernel is made the default meanwhile, and a menu is made of that at once.
 */
export function meanwhile(grub: Grub, input: LoaderInput, owned: Owned): Meanwhile {
  const changes = owned.meanwhile === undefined ? [] : [givenBackChange()];
  const asItIs = { isHeld: changes.length > 0, opening: [], grub, changes, diagnostics: [] };
  const isMade = grub.hook && (input.installing ?? []).some(({ kernel }) => bringsImage(kernel, input.state));
  const staying = whatStays(grub, input);
  const moving = staying ?? (isMade ? whatMoves(grub, input) : undefined);
  if (moving === undefined) return asItIs;
  if ("why" in moving) return { ...asItIs, diagnostics: [unset(moving.why)] };
  const { passing, release } = moving;
  const made = staying === undefined ? [] : [menuOf(grub, release)];
  if (owned.meanwhile?.default === passing) return { ...asItIs, opening: made };
  const { home } = grub;
  if (!owned.intact) return { ...asItIs, diagnostics: [unset(editedText(home))] };
  const files = withFiles(
    grub.files,
    withOwn(grub.files, home, { ...owned, meanwhile: { default: passing } }),
  );
  const settings = settingsOf(files);
  if (!settings.default.known || settings.default.value !== passing)
    return {
      ...asItIs,
      diagnostics: [
        unset(`${settings.defaultFrom ?? "a settings file"} sets GRUB_DEFAULT after ${home.path}`),
      ],
    };
  const step = writeText(
    {
      stage: "way-back",
      title: `keep ${release} the default while packages are installed`,
      serves: [WAY_BACK_ADDRESS],
      path: home.path,
      content: textIn(files, home.path) ?? "",
    },
    grub.files.find(({ path }) => path === home.path),
  );
  return { ...asItIs, isHeld: true, opening: [step, ...made], grub: { ...grub, files, settings } };
}

/** The default by ids of a kernel that stays, where what boots next is replaced; as for {@link whatMoves}. */
function whatStays(grub: Grub, { installing = [], state }: LoaderInput): ReturnType<typeof whatMoves> {
  const next = lastingEntry(grub);
  const name = next?.known === true ? nameIn(next.value.entry) : undefined;
  if (name === undefined || !state.kernels.known) return undefined;
  const { value: kernels } = state.kernels;
  const isReplaced = installing.some(({ kernel }) => replacedBy(kernels, kernel)?.name === name);
  const other = kernelsThatStay(kernels, installing).find((one) => listed([one]).length > 0);
  // Without another kernel the plan is refused.
  if (!isReplaced || other === undefined) return undefined;
  const why = whyUnreached(grub);
  if (why !== undefined) return { why };
  return { passing: entryPath(grub.style, nameOf(other), grub.submenus), release: other.release };
}

function menuOf({ generator }: Grub, release: string): DraftStep {
  const action = makeMenu(generator);
  return run("way-back", action, {
    title: `let ${menuProgram(action)} make ${release} the default meanwhile`,
    serves: [WAY_BACK_ADDRESS],
    ...MENU_WRITTEN,
  });
}

/** The default by ids, where a new kernel would take it; why that cannot be told; undefined where none would. */
function whatMoves(
  grub: Grub,
  { kernels }: LoaderInput,
): { readonly passing: string; readonly release: string } | { readonly why: string } | undefined {
  const next = lastingEntry(grub);
  if (next === undefined) return undefined;
  if (!next.known) return next;
  const { entry } = next.value;
  const release = nameIn(entry);
  const { default: chosen } = grub.settings;
  // A recovery entry, or one that somebody wrote, is named on purpose; without submenus a new kernel moves all places.
  if (release === undefined || !isGenerated(entry) || isRecovery(entry))
    return !grub.submenus && chosen.known && /^\d/.test(chosen.value)
      ? { why: `GRUB_DEFAULT is ${chosen.value}, a place in the menu` }
      : undefined;
  if (!listed(kernels).includes(release)) return undefined;
  const why = whyUnreached(grub);
  if (why !== undefined) return { why };
  const passing = entryPath(grub.style, release, grub.submenus);
  const isNamed = chosen.known && chosen.value === passing && grub.menu.default === passing;
  return isNamed ? undefined : { passing, release };
}

/** What the default starts; a choice for one boot is over before the next menu counts. */
function lastingEntry({ menu, environment }: Grub): ReturnType<typeof defaultEntry> {
  const { next_entry: _once, ...lasting } = environment;
  return defaultEntry(menu, lasting);
}

/** Why a default in hostcfg's settings would not have a kernel boot, if so. */
function whyUnreached({ menu, pruned }: Grub): string | undefined {
  if (menu.later !== undefined) return `${menu.later.from} sets the default`;
  return pruned ? "the menu has an entry for the newest kernel alone" : undefined;
}

/** Firmware, headers and modules bring none that could come first, and another build of a kernel leaves its initrd there. */
function bringsImage(kernel: PackageRef["kernel"], { kernels }: HostState): boolean {
  const release = imageToCome(kernel);
  if (release === undefined) return false;
  const present = kernels.known ? kernels.value.find((one) => one.release === release) : undefined;
  return present?.image === undefined || present.initrd === undefined;
}

function unset(why: string): Diagnostic {
  return warning(
    "way-back-unset",
    `what boots now cannot be kept the default while packages are installed, because ${why}: if an initrd cannot be made then, the host may not come up by itself`,
    "keep a live USB stick at hand while it is applied",
  );
}
