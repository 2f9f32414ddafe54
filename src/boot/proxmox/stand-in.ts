import { posix } from "node:path";
import { essenceOf, splitLine } from "../../cmdline.ts";
import { known } from "../../facts/fact.ts";
import type { Action, EspContent, HostState, ProxmoxFacts } from "../../model/index.ts";
import { loaderSetting } from "../bls/entry-text.ts";
import { isTrial, namesWayBack } from "../bls/way-back-entry.ts";
import type { EspStandIn } from "../loader.ts";
import { problem } from "../problem.ts";
import { WAY_BACK_ID } from "../way-back.ts";
import { ASIDE, ASIDE_DEFAULT, ASIDE_ENTRY, TRIAL_ENTRY } from "./aside.ts";
import {
  asideReleaseOfGrub,
  grubAsideText,
  hasTrialOfGrub,
  holdsAsideByGrub,
  startsAsideByGrub,
} from "./grub-aside.ts";
import type { ReadyEsp } from "./host.ts";
import { LOADER_CONF, hostOf, loaderOfEsps, readyEsps } from "./host.ts";
import { menu } from "./menu.ts";
import { asideText } from "./put-aside.ts";
import { isSamePath } from "./read-esps.ts";
import { fileAt, isSame } from "./refresh.ts";
import { writtenBeside } from "./side-effects.ts";

/**
 * A refresh copies every kernel over the one that is there, ESP after ESP, and only then sets the default of each: what
 * boots now stands in on each of them until then.
 */
export function standIn(state: HostState): EspStandIn | undefined {
  const host = hostOf(state);
  const esps = host.known ? readyEsps(host.value.facts) : [];
  if (!host.known || esps.length === 0) return undefined;
  const { variables, hooks } = host.value.facts;
  const on = loaderOfEsps(host.value.facts) ?? "systemd-boot";
  const common = {
    on,
    written: writtenBeside(state),
    uuids: esps.map(({ uuid }) => uuid),
    isNew: !esps.every(({ content }) => hasAside(content)),
    isLeft: esps.some(({ content }) => asideRelease(content) !== undefined || isBegun(content)),
    boots: whereItBoots(esps),
    isHeld:
      isOfTrial(host.value.facts) &&
      esps.every(({ content }) => hasAside(content) && (on !== "grub" || holdsAsideByGrub(content))),
    refreshes: (action: Action) => refreshes(action, hooks),
  };
  if (
    on === "systemd-boot" &&
    !isOfTrial(host.value.facts) &&
    variables.known &&
    (variables.value.variable ?? variables.value.oneShot) !== undefined
  )
    return { ...common, unprotected: overruled() };
  const next = menu(state);
  const chosen = next.known ? next.value.chosen : undefined;
  const release = chosen?.release.known === true ? chosen.release.value : undefined;
  const { running } = state;
  const isRunning = (one: string | undefined): boolean =>
    running.release.known && running.release.value === one;
  const isTried =
    isRunning(release) &&
    (!running.cmdline.known || essenceOf(running.cmdline.value) === essenceOf(chosen?.options ?? ""));
  const there = esps.map(({ content }) => (hasAside(content) ? asideRelease(content) : undefined));
  // What an earlier apply put aside is better than what cannot be told, or has not booted yet.
  const isKept = chosen === undefined || isAside(chosen) || (!isTried && there.every(isRunning));
  if (isKept && there.every((one) => one !== undefined))
    return { ...common, aside: { what: "what booted before an earlier apply", bytes: [] } };
  if (chosen === undefined || release === undefined) return common;
  const onEsp = (path: string): string => path.replace("(ESP)", "");
  const entry =
    on === "grub"
      ? grubAsideText({ release, options: splitLine(chosen.options) })
      : asideText({ release, options: chosen.options });
  // GRUB reads the entry out of custom.cfg.
  const isSourced = ({ content: { grub } }: ReadyEsp): boolean =>
    grub?.menu.known === true && grub.menu.value.customAt !== undefined;
  if (entry === undefined || (on === "grub" && !esps.every(isSourced))) return common;
  const copy = {
    entry,
    image: onEsp(chosen.reads.kernel),
    initrd: onEsp(chosen.reads.initrd),
  };
  // What is not as in /boot may be half a file, and no copy of it is a way back.
  const kernel = state.kernels.known ? state.kernels.value.find((one) => one.release === release) : undefined;
  const isWhole = ({ content }: ReadyEsp): boolean =>
    isSame(fileAt(content, copy.image), kernel?.image) &&
    isSame(fileAt(content, copy.initrd), kernel?.initrd);
  if (!esps.every(isWhole)) return common;
  return {
    ...common,
    aside: {
      what: `${release}, as it boots now`,
      copy,
      bytes: esps.map((esp) => ({
        where: `ESP ${esp.uuid}`,
        free: known(esp.content.freeBytes),
        bytes: growth(esp, copy),
      })),
    },
  };
}

/** Whether a hook of the action, or itself, has the tool refresh the ESPs. */
function refreshes(action: Action, hooks: { readonly kernel: boolean; readonly initrd: boolean }): boolean {
  switch (action.does) {
    case "refresh-esps":
      return hooks.kernel;
    case "install":
    case "remove":
      return hooks.kernel;
    case "make-initrd":
      return hooks.initrd;
    case "hold":
    case "unhold":
    case "make-menu":
    case "copy-kernel":
    case "set-default":
    case "set-once":
    case "pin":
    case "put-aside":
    case "drop-aside":
      return false;
  }
}

function isAside({ name }: { readonly name: string }): boolean {
  return name === ASIDE_DEFAULT || name === WAY_BACK_ID;
}

/** Whether what hostcfg put aside boots until a trial ends: by the EFI variable LoaderEntryDefault, or on some ESP by custom.cfg. */
export function isOfTrial(facts: ProxmoxFacts): boolean {
  const { variables } = facts;
  return loaderOfEsps(facts) === "grub"
    ? readyEsps(facts).some(({ content }) => holdsAsideByGrub(content))
    : variables.known && namesWayBack(variables.value.variable);
}

/** Whether an EFI variable names the entry that is tried once. */
export function namesTrial(pattern: string | undefined): boolean {
  return pattern !== undefined && isTrial(pattern.replace(/\.conf$/, ""));
}

/** Whether some ESP has the entry that is tried once. */
export function hasTrial(facts: ProxmoxFacts): boolean {
  return readyEsps(facts).some(
    ({ content }) =>
      hasTrialOfGrub(content) || content.texts.some(({ path }) => isSamePath(path, TRIAL_ENTRY)),
  );
}

/** Whether the ESP's default is what hostcfg put aside: an apply was cut before the refresh came to this ESP. */
export function startsAside(content: EspContent): boolean {
  if (startsAsideByGrub(content)) return true;
  const { texts } = content;
  const conf = texts.find(({ path }) => isSamePath(path, LOADER_CONF));
  return loaderSetting(conf?.text ?? "", "default") === ASIDE_DEFAULT;
}

function whereItBoots(esps: readonly ReadyEsp[]): EspStandIn["boots"] {
  const some = esps.filter(({ content }) => startsAside(content));
  return some.length === esps.length ? "everywhere" : some.length > 0 ? "somewhere" : "nowhere";
}

function hasAside(content: EspContent): boolean {
  return asideRelease(content) !== undefined && isThere(content, ASIDE.image, ASIDE.initrd);
}

/** A cut came while the first file was copied. */
function isBegun({ files }: EspContent): boolean {
  const folder = `${posix.dirname(ASIDE.image)}/`.toLowerCase();
  return files.some(({ path }) => path.toLowerCase().startsWith(folder));
}

function asideRelease(content: EspContent): string | undefined {
  const text = content.texts.find(({ path }) => isSamePath(path, ASIDE_ENTRY))?.text;
  return asideReleaseOfGrub(content) ?? /^version\s+(\S+)/m.exec(text ?? "")?.[1];
}

function isThere(content: EspContent, ...paths: readonly string[]): boolean {
  return paths.every((path) => (fileAt(content, path)?.size ?? 0) > 0);
}

/** A copy is written beside the one that it replaces. */
function growth({ content }: ReadyEsp, copy: { readonly image: string; readonly initrd: string }): number {
  return (["image", "initrd"] as const)
    .map((part) => {
      const from = fileAt(content, copy[part]);
      return isSame(from, fileAt(content, ASIDE[part])) ? 0 : (from?.size ?? 0);
    })
    .reduce((sum, one) => sum + one, 0);
}

function overruled() {
  return {
    ...problem(
      "way-back-unset",
      "an EFI variable (LoaderEntryDefault or LoaderEntryOneShot) says what boots next, so no copy can stand in while proxmox-boot-tool overwrites its kernels: an apply that is cut may leave a host that does not come up by itself",
      "sudo bootctl set-default '' && sudo bootctl set-oneshot '', or keep a live USB stick at hand while it is applied",
    ),
    severity: "warning" as const,
  };
}
