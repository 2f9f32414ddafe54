import { posix } from "node:path";
import { known, unknown } from "../../facts/fact.ts";
import type {
  BootVerdict,
  Fact,
  HostState,
  KernelFact,
  LoaderEntry,
  ProxmoxFiles,
} from "../../model/index.ts";
import { ENTRIES, entryName, entryOf } from "../bls/entries.ts";
import { loaderSetting } from "../bls/entry-text.ts";
import { blsMenu } from "../bls/menu.ts";
import { isTrial } from "../bls/way-back-entry.ts";
import { checkEntry } from "../check-entry.ts";
import { efiLine } from "../line-length.ts";
import type { Menu, MenuEntry } from "../menu.ts";
import { wayBackAmong } from "../menu.ts";
import { sayings } from "./findings.ts";
import { menuOnGrubEsp } from "./grub-esp.ts";
import type { Host, ReadyEsp } from "./host.ts";
import { LOADER_CONF, hostOf, isNoted, isUnseen, loaderOfEsps, readyEsps, startedByGrub } from "./host.ts";
import { WAY_BACK_ID } from "../way-back.ts";
import { kernelsOnEsps } from "./kept.ts";
import { PIN } from "./probe.ts";
import { isSamePath } from "./read-esps.ts";
import { fileAt, isSame, pinned } from "./refresh.ts";

/**
 * What the ESPs of proxmox-boot-tool show and start. Where nobody could look into them, what they hold is inferred from
 * the files that they are made from.
 */
export function menu(state: HostState): Fact<Menu> {
  const host = hostOf(state);
  if (!host.known) return host;
  const { facts } = host.value;
  if (isUnseen(facts)) return inferred(host.value, state);
  const [first, ...others] = readyEsps(facts);
  if (first === undefined)
    return unknown(`no ESP can be told to start this host: ${sayings(facts).join("; ")}`);
  return together(
    [first, ...others].map((esp) => ({
      esp,
      menu: loaderOfEsps(facts) === "grub" ? menuOnGrubEsp(esp, state) : menuOf(esp, host.value, state),
    })),
    state,
  );
}

// --- As the ESPs are -----------------------------------------------------------------------------------------

interface OfEsp {
  readonly esp: ReadyEsp;
  readonly menu: Fact<Menu>;
}

/** The firmware may start any of the ESPs. So the worst one counts, and which entry it is only where all agree. */
function together(all: readonly OfEsp[], state: HostState): Fact<Menu> {
  const menus = all.flatMap(({ menu: one }) => (one.known ? [one.value] : []));
  const [first] = menus;
  if (first === undefined || menus.length < all.length)
    return all.find(({ menu: one }) => !one.known)?.menu ?? unknown("no ESP has a menu");
  const starts = ({ chosen }: Menu): string =>
    chosen === undefined ? "nothing" : `${chosen.name} with "${chosen.options}"`;
  const verdictOf = ({ chosen }: Menu): BootVerdict =>
    chosen === undefined ? "broken" : checkEntry(chosen, state).verdict;
  const broken = menus.find((one) => verdictOf(one) === "broken");
  if (menus.some((one) => starts(one) !== starts(first))) {
    if (broken !== undefined) return known(broken);
    const whole = menus.every((one) => verdictOf(one) === "bootable") ? "; each of these is whole" : "";
    return unknown(
      `the ESPs do not agree: ${all.map(({ esp, menu: one }) => `${esp.uuid} starts ${one.known ? starts(one.value) : "what cannot be told"}`).join(", ")}${whole}`,
    );
  }
  const next = broken ?? menus.find((one) => verdictOf(one) !== "bootable") ?? first;
  // A way back is one only where each ESP has it.
  const back = menus.map(({ fallback }) => fallback).find((fallback) => !fallback.known);
  return known({ ...next, fallback: back ?? next.fallback });
}

function menuOf({ uuid, content }: ReadyEsp, { facts }: Host, { kernels, running }: HostState): Fact<Menu> {
  if (!facts.variables.known) return facts.variables;
  if (!kernels.known) return kernels;
  const place = `(ESP ${uuid})`;
  const entries = content.texts.flatMap(({ path, text }): LoaderEntry[] => {
    const name = isSamePath(posix.dirname(path), `/${ENTRIES}`) ? entryName(posix.basename(path)) : undefined;
    if (name === undefined) return [];
    return [
      entryOf({ ...name, path: place + path }, text, place, (at) => {
        const file = fileAt(content, at.slice(place.length));
        return file === undefined ? undefined : { ...file, path: at };
      }),
    ];
  });
  const conf = content.texts.find(({ path }) => isSamePath(path, LOADER_CONF));
  const configured = loaderSetting(conf?.text ?? "", "default");
  const found = blsMenu({
    loader: "proxmox",
    entries,
    setting: {
      ...facts.variables.value,
      file: conf !== undefined,
      ...(configured === undefined ? {} : { configured }),
    },
    esp: { mountPoint: place, type: "vfat", freeBytes: known(content.freeBytes) },
    candidates: entries.filter(({ id }) => /^(?:proxmox|hostcfg)-/i.test(id)),
    copies: ({ id }) => isTrial(id),
    running: running.release,
    cmdline: running.cmdline,
    release: ({ id, version }) =>
      version === undefined ? unknown(`${id} on ${uuid} names no version`) : known(version),
  });
  if (!found.known) return found;
  const { chosen, fallback } = found.value;
  const shown = (entry: MenuEntry): MenuEntry => asOfBoot(entry, place, kernels.value);
  return known({
    ...found.value,
    chosen: chosen === undefined ? undefined : shown(chosen),
    fallback: fallback.known ? known(shown(fallback.value)) : fallback,
  });
}

/** A file with the bytes of the one in /boot is judged as that one. What the loader reads is on whichever ESP starts. */
function asOfBoot(entry: MenuEntry, place: string, kernels: readonly KernelFact[]): MenuEntry {
  const { release, image, initrd, reads } = entry;
  const kernel = kernels.find((one) => release.known && one.release === release.value);
  const copy = initrd.known && initrd.value !== "none" ? initrd.value : undefined;
  return {
    ...entry,
    name: `${entry.name}.conf`,
    // What was put aside came whole under its name, and /boot may have other files of that release by now.
    copied: entry.copied && entry.name !== WAY_BACK_ID,
    reads: {
      kernel: reads.kernel.replace(place, "(ESP)"),
      initrd: reads.initrd.replace(place, "(ESP)"),
    },
    image: image.known && isSame(image.value, kernel?.image) ? known(kernel?.image) : image,
    initrd: isSame(copy, kernel?.initrd) ? known(kernel?.initrd) : initrd,
  };
}

// --- As they must be -----------------------------------------------------------------------------------------

function inferred(host: Host, state: HostState): Fact<Menu> {
  const { files, line } = host;
  if (startedByGrub(state) === true)
    return unknown(
      "GRUB started this boot, its menus are on proxmox-boot-tool's ESPs, and nobody could look into them",
    );
  if (!isNoted(host, state))
    return unknown(
      "nobody could look into proxmox-boot-tool's ESPs, and nothing shows that they were refreshed since its files changed",
    );
  if (!state.kernels.known) return state.kernels;
  const onEsps = kernelsOnEsps(state, files);
  if (!onEsps.known) return onEsps;
  const kernels = onEsps.value;
  const named = pinned(files);
  const its = kernels.find(({ release }) => release === named);
  const chosen = its ?? kernels[0];
  if (chosen === undefined)
    return unknown("/boot holds no kernel with its initrd that proxmox-boot-tool would copy");
  const entry = toEntry(chosen, line);
  const others = kernels.filter((one) => one !== chosen).map((one) => toEntry(one, line));
  const rule =
    named !== undefined && its === undefined
      ? `${named} is pinned, but not in /boot, so the newest kernel starts`
      : ruleOf(files);
  return known({
    chosen: entry,
    by: rule,
    rule: `systemd-boot starts proxmox-${chosen.release}.conf: ${rule}; nobody could look into the ESPs themselves`,
    fallback: wayBackAmong(others, entry, state.running.release),
    problems: [],
  });
}

function ruleOf({ nextBootPin, pin }: ProxmoxFiles): string {
  if (nextBootPin === "") return "the newest kernel is the default, for the pin for the next boot is empty";
  if (nextBootPin !== undefined) return "the pin for the next boot names it";
  return pin === undefined ? "the newest kernel is the default" : `${PIN} names it`;
}

function toEntry({ release, image, initrd }: KernelFact, options: string): MenuEntry {
  const folder = `(ESP)/EFI/proxmox/${release}`;
  return {
    name: `proxmox-${release}.conf`,
    release: known(release),
    reads: { kernel: `${folder}/vmlinuz-${release}`, initrd: `${folder}/initrd.img-${release}` },
    image: known(image),
    initrd: known(initrd),
    options,
    line: efiLine(`\\EFI\\proxmox\\${release}\\initrd.img-${release}`, options),
    copied: false,
    foreign: false,
    needsRoot: true,
  };
}
