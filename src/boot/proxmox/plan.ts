import { PROXMOX_ESPS } from "../../facts/proxmox-esps.ts";
import { run } from "../run.ts";
import { known } from "../../facts/fact.ts";
import type {
  AfterUpgrade,
  Change,
  Diagnostic,
  HostState,
  ProxmoxFacts,
  ProxmoxFiles,
  TextFile,
} from "../../model/index.ts";
import { grub } from "../grub/plan.ts";
import { PROXMOX_PIN } from "../grub/probe.ts";
import { settingsOf } from "../grub/settings.ts";
import { withPinSetting } from "./grub-esp.ts";
import type { BootLoader, BootWish, DraftStep, LoaderInput, LoaderPlan } from "../loader.ts";
import { NO_DIFFERENCE, keptOptions, noPlan, releaseAsWished, releaseToCome } from "../plan-parts.ts";
import { isNamed, namingsOf } from "../bls/naming.ts";
import { problem } from "../problem.ts";
import { writeText } from "../write-text.ts";
import { findings, sayings } from "./findings.ts";
import { whyRefresh } from "./fresh.ts";
import type { Host } from "./host.ts";
import {
  REFRESHING,
  hostOf,
  inMenu,
  isUnseen,
  loaderOfEsps,
  noteOf,
  readyEsps,
  startedByGrub,
} from "./host.ts";
import { kernelsOnEsps } from "./kept.ts";
import { menu } from "./menu.ts";
import { optionsOfGrub, optionsOfLine } from "./options.ts";
import { CMDLINE, NEXT_BOOT_PIN, PIN, REFRESHED } from "./probe.ts";
import { pathsOf } from "./refresh.ts";
import { growthOf, roomProblems } from "./room.ts";
import type { Written } from "./side-effects.ts";
import { helperSince, writtenBeside } from "./side-effects.ts";
import { isHalfChosen, leavesChoice } from "./once.ts";
import { isOfTrial, namesTrial, standIn, startsAside } from "./stand-in.ts";
import { endOfTrial, tryOnce, unchosen } from "./trial.ts";
import type { Difference } from "../plan-parts.ts";

export const proxmox: BootLoader = {
  name: "proxmox",
  menu,
  findings,
  root: {
    remedy: `put root=… at the start of the first line of ${CMDLINE}: proxmox-boot-tool refuses a line without it (this boot has it in /proc/cmdline)`,
    needed: true,
  },
  standIn,
  trial: { tryOnce, unchosen, isHalfChosen, leavesChoice },
  pinLost: (state) => {
    const stale = findings(state).find(({ code }) => code === "proxmox-esp-stale");
    return stale === undefined ? undefined : `${stale.summary}; ${stale.hint ?? ""}`;
  },
  decides: (path) => [PIN, CMDLINE, REFRESHED].includes(path) || grub.decides(path),
  plan,
};

/**
 * proxmox-boot-tool copies the kernels that it keeps to all its ESPs and writes their entries from /etc/kernel/cmdline
 * and its pin, each time that it is told to refresh. So hostcfg changes those two and has the ESPs refreshed once. It
 * notes that they are being refreshed before anything that may do it, and what they were made from after it: where
 * nobody can look into them, that is all there is to go by.
 */
function plan(input: LoaderInput): LoaderPlan {
  const { state, wish } = input;
  const wished = wish.release !== undefined || wish.options !== undefined;
  const host = hostOf(state);
  if (host.known && wished && !isUnseen(host.value.facts) && readyEsps(host.value.facts).length === 0)
    return undrivable(wished, noEsp(host.value));
  if (host.known && wished && isUnseen(host.value.facts) && mayBeGrub(state))
    return undrivable(wished, unseenGrub(host.value));
  if (host.known) return drive(host.value, input);
  const why =
    state.bootLoader.proxmox === undefined
      ? problem("boot-loader-missing", host.why)
      : problem("proxmox-unreadable", host.why);
  return undrivable(wished, why);
}

/** Nobody saw the ESPs, and this boot does not show that systemd-boot started it. */
function mayBeGrub(state: HostState): boolean {
  return startedByGrub(state) !== false;
}

function unseenGrub({ facts }: Host): Diagnostic {
  return problem(
    "boot-loader-unsupported",
    `whether GRUB or systemd-boot starts proxmox-boot-tool's ESPs, and what, cannot be told: ${sayings(facts).join("; ")}`,
    "run it as root on a machine that has these disks",
  );
}

function noEsp({ facts }: Host): Diagnostic {
  return problem(
    "boot-loader-unsupported",
    `proxmox-boot-tool refresh would write to no ESP as it does for systemd-boot: ${sayings(facts).join("; ")}`,
    `see that one of systemd-boot comes first in ${PROXMOX_ESPS}, and that its disk is there: sudo proxmox-boot-tool status`,
  );
}

function undrivable(wished: boolean, why: Diagnostic): LoaderPlan {
  return noPlan(why.summary, wished ? [why] : []);
}

function drive(host: Host, input: LoaderInput): LoaderPlan {
  const { state, wish } = input;
  const isGrub = loaderOfEsps(host.facts) === "grub";
  const pin = wish.release ?? host.files.pin;
  const written = writtenBeside(state);
  const options = isGrub ? optionsOfGrub(host, input, pin) : optionsOfLine(host, input);
  const why = whyRefresh(state);
  const optionChanges = [
    ...options.changes,
    ...(options.changes.length === 0 && wish.options !== undefined && why !== undefined
      ? [notRefreshed("kernelOptions", why)]
      : []),
  ];
  const release = releaseChange(host, input, why);
  const asked = [...release.changes, ...optionChanges];
  const changes = [...asked, ...(asked.length > 0 ? [] : others(host, input, why))];
  const end = endOfTrial(host.facts);
  return {
    afterUpgrade: () =>
      known(
        pin === undefined || !inMenu(input.kernels).some((kernel) => kernel.release === pin)
          ? { keeps: false, rule: "proxmox-boot-tool makes the newest kernel the default" }
          : { keeps: true, rule: `${PIN} names ${pin}`, ...(isGrub ? {} : resets(state)) },
      ),
    changes: [...changes, ...end.changes],
    unchanged: [...release.unchanged, ...keptOptions(wish, optionChanges)],
    steps: [
      ...options.records,
      ...(changes.length === 0
        ? []
        : stepsFor(host, wish, { line: options.line, writes: options.writes, pin, changes, written })),
      ...end.steps,
    ],
    bytes: Math.max(0, ...growthOf(host, input, pin).map(({ bytes }) => bytes)),
    diagnostics: [
      ...findings(state).filter(({ code }) => changes.length === 0 || code !== "proxmox-esp-stale"),
      ...(changes.length === 0 ? [] : roomProblems(host, input, pin)),
      ...options.diagnostics,
      ...pinProblems(host, input, isGrub),
    ],
    hooks: written,
  };
}

// --- What is to change ---------------------------------------------------------------------------------------

const NEW_FILES = "kernels or initrds of /boot change, and the ESPs need them";

function notRefreshed(address: string, reason: string): Change {
  return {
    address,
    action: "update",
    before: "not known to be on the ESPs",
    after: "refreshed",
    reason,
    effect: "next-boot",
  };
}

/**
 * A refresh that no declared release or option asks for. Packages and update-initramfs run different hooks, which end well
 * where nothing was copied, so they are not relied on. And one that hostcfg began and that was cut is ended, whatever is
 * declared.
 */
function others({ files, facts }: Host, { hooksRun, wish }: LoaderInput, why: string | undefined): Change[] {
  const address = "bootLoader.esps";
  if (files.refreshed?.text === REFRESHING)
    return [notRefreshed(address, "an earlier apply or undo was cut while the ESPs were refreshed")];
  if (readyEsps(facts).some(({ content }) => startsAside(content)))
    return [notRefreshed(address, "an earlier apply or undo was cut before it refreshed the ESPs")];
  if (hooksRun) return [notRefreshed(address, NEW_FILES)];
  const judged = wish.release !== undefined || wish.options !== undefined;
  return judged && why !== undefined ? [notRefreshed(address, why)] : [];
}

function releaseChange(host: Host, input: LoaderInput, why: string | undefined): Difference {
  const { release } = input.wish;
  const { pin } = host.files;
  if (release === undefined) return NO_DIFFERENCE;
  if (pin === release) {
    const stale = input.hooksRun ? NEW_FILES : why;
    return stale === undefined
      ? releaseAsWished(`${release} is pinned and boots next`)
      : { changes: [notRefreshed("kernel.release", stale)], unchanged: [] };
  }
  if (pin !== undefined) return releaseToCome(release, pin, `${PIN} names another kernel`);
  const newest = newestOnEsps(host, input.state);
  return releaseToCome(
    release,
    newest === undefined ? null : `${newest}, not pinned`,
    "no kernel is pinned, so the newest starts",
  );
}

/** Of /boot's kernels only those that the tool keeps get to its ESPs. */
function newestOnEsps({ files }: Host, state: HostState): string | undefined {
  const kernels = kernelsOnEsps(state, files);
  return kernels.known ? kernels.value[0]?.release : undefined;
}

function stepsFor(
  { files }: Host,
  wish: BootWish,
  about: {
    readonly line: string;
    readonly writes: readonly DraftStep[];
    readonly pin: string | undefined;
    readonly changes: readonly Change[];
    readonly written: Written;
  },
): DraftStep[] {
  const { line, writes, pin, changes, written } = about;
  const serves = changes.map(({ address }) => address);
  const refreshing: TextFile = {
    path: REFRESHED,
    mode: 0o644,
    uid: 0,
    gid: 0,
    ...files.refreshed,
    text: REFRESHING,
  };
  return [
    ...(files.refreshed?.text === REFRESHING
      ? []
      : [
          writeText(
            {
              // Before packages and initrds, whose hooks refresh as well.
              stage: "sources",
              title: "note that the ESPs are being refreshed",
              serves,
              path: REFRESHED,
              content: REFRESHING,
            },
            files.refreshed,
          ),
        ]),
    ...writes,
    ...(wish.release === undefined || wish.release === files.pin ? [] : [pinStep(wish.release)]),
    run(
      "loader",
      { does: "refresh-esps" },
      { title: "let proxmox-boot-tool refresh its ESPs", serves, ...written },
    ),
    writeText(
      {
        stage: "default",
        title: "note what the ESPs were made from",
        serves,
        path: REFRESHED,
        content: noteOf(line, { ...files, ...(pin === undefined ? {} : { pin }) }),
      },
      refreshing,
    ),
  ];
}

function pinStep(release: string): DraftStep {
  return run(
    "options",
    { does: "pin", release },
    { title: `pin ${release}`, serves: ["kernel.release"], touches: [PIN], flushes: ["/etc/kernel"] },
  );
}

/**
 * Since proxmox-kernel-helper 8.1.2 and 9.0.1 a package of a loader runs reinit on each ESP, which makes the newest kernel
 * the default. No refresh follows (seen with the real triggers of 9.2).
 */
function resets(state: HostState): Pick<AfterUpgrade, "besides"> {
  if (!helperSince(state, "9.0.1") && (!helperSince(state, "8.1.2") || helperSince(state, "9"))) return {};
  return {
    besides: [
      "a package of systemd-boot, shim or GRUB takes the pin off the ESPs until sudo proxmox-boot-tool refresh; hostcfg enable-verify SPEC has each boot look and tell",
    ],
  };
}

// --- What is to be known before ------------------------------------------------------------------------------

function pinProblems({ files, facts }: Host, { state, wish }: LoaderInput, isGrub: boolean): Diagnostic[] {
  const { release } = wish;
  if (release === undefined) return [];
  return [
    ...(isGrub ? notTheDefault(state, { ...files, pin: release }, facts) : overruled(facts, release)),
    ...(files.nextBootPin === undefined || files.nextBootPin === release
      ? []
      : [
          problem(
            "one-shot-entry",
            files.nextBootPin === ""
              ? `${NEXT_BOOT_PIN} is empty, and takes the place of ${PIN}: the newest kernel would start`
              : `the next boot starts ${files.nextBootPin}, pinned for one boot`,
            "sudo proxmox-boot-tool kernel unpin --next-boot, or reboot once before",
          ),
        ]),
  ];
}

/** The tool writes the pin as a drop-in of GRUB's settings, and another file may set GRUB_DEFAULT after it. */
function notTheDefault(state: HostState, files: ProxmoxFiles, facts: ProxmoxFacts): Diagnostic[] {
  const { grub: there } = withPinSetting(state, files).bootLoader;
  if (there?.settings.known !== true || readyEsps(facts).length === 0) return [];
  const settings = settingsOf(there.settings.value);
  const file = settings.defaultFrom ?? "a settings file";
  return settings.default.known && file === PROXMOX_PIN
    ? []
    : [
        problem(
          "grub-overridden",
          `${file} sets GRUB_DEFAULT after ${PROXMOX_PIN}, so proxmox-boot-tool's pin would not count`,
          `take GRUB_DEFAULT out of ${file}, or give the file a name that sorts before ${PROXMOX_PIN}`,
        ),
      ];
}

/** An EFI variable comes before the loader.conf of each ESP (systemd-boot(7)), and no refresh changes it. */
function overruled(facts: ProxmoxFacts, release: string): Diagnostic[] {
  const { variables } = facts;
  if (!variables.known) return [];
  const { oneShot, variable } = variables.value;
  const entry = { path: pathsOf(release).entry };
  const names = (pattern: string): boolean =>
    namingsOf({ ...variables.value, file: true }).every((naming) =>
      isNamed(naming, { pattern, place: "variable" }, entry),
    );
  return [
    ...(oneShot === undefined || namesTrial(oneShot) || names(oneShot)
      ? []
      : [
          problem(
            "one-shot-entry",
            `the EFI variable LoaderEntryOneShot has the next boot start ${oneShot}`,
            "sudo bootctl set-oneshot '', or reboot once before",
          ),
        ]),
    ...(variable === undefined || isOfTrial(facts) || names(variable)
      ? []
      : [
          problem(
            "proxmox-default-variable",
            `the EFI variable LoaderEntryDefault is ${variable}, which comes before proxmox-boot-tool's pin (key d in the boot menu sets it)`,
            "sudo bootctl set-default ''",
          ),
        ]),
  ];
}
