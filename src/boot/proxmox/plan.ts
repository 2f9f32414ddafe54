import { PROXMOX_ESPS } from "../../facts/proxmox-esps.ts";
import { run } from "../run.ts";
import { splitLine } from "../../cmdline.ts";
import { known, unknown } from "../../facts/fact.ts";
import { PLATFORMS } from "../../platform/platforms.ts";
import type { AfterUpgrade, Change, Diagnostic, HostState, TextFile, Unchanged } from "../../model/index.ts";
import type { BootLoader, BootWish, DraftStep, LoaderInput, LoaderPlan } from "../loader.ts";
import { editReason, keptOptions, optionChange } from "../option-changes.ts";
import { mergeOwned, recordProblems, recordSteps } from "../owned-options.ts";
import { isNamed, namingsOf } from "../bls/naming.ts";
import { problem } from "../problem.ts";
import { writeText } from "../write-text.ts";
import { findings, sayings } from "./findings.ts";
import { whyRefresh } from "./fresh.ts";
import type { Host } from "./host.ts";
import { REFRESHING, hostOf, inMenu, isUnseen, noteOf, readyEsps } from "./host.ts";
import { kernelsOnEsps } from "./kept.ts";
import { menu } from "./menu.ts";
import { CMDLINE, PIN, REFRESHED } from "./probe.ts";
import { pathsOf } from "./refresh.ts";
import { growthOf, roomProblems } from "./room.ts";
import { standIn, startsAside } from "./stand-in.ts";

export const proxmox: BootLoader = {
  name: "proxmox",
  menu,
  findings,
  root: {
    remedy: `put root=… at the start of the first line of ${CMDLINE}: proxmox-boot-tool refuses a line without it (this boot has it in /proc/cmdline)`,
    needed: true,
  },
  standIn,
  decides: (path) => [PIN, CMDLINE, REFRESHED].includes(path),
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
  if (host.known) return drive(host.value, input);
  const why =
    state.bootLoader.proxmox === undefined
      ? problem("boot-loader-missing", host.why)
      : problem("proxmox-unreadable", host.why);
  return undrivable(wished, why);
}

function noEsp({ facts }: Host): Diagnostic {
  return problem(
    "boot-loader-unsupported",
    `proxmox-boot-tool refresh would write to no ESP as it does for systemd-boot: ${sayings(facts).join("; ")}`,
    `see that one of systemd-boot comes first in ${PROXMOX_ESPS}, and that its disk is there: sudo proxmox-boot-tool status`,
  );
}

function undrivable(wished: boolean, why: Diagnostic): LoaderPlan {
  return {
    afterUpgrade: () => unknown(why.summary),
    changes: [],
    unchanged: [],
    steps: [],
    diagnostics: wished ? [why] : [],
  };
}

function drive(host: Host, input: LoaderInput): LoaderPlan {
  const { state, wish } = input;
  const { options, edits } = mergeOwned(splitLine(host.line), wish.options, state.addedOptions);
  const line = options.join(" ");
  const pin = wish.release ?? host.files.pin;
  const why = whyRefresh(state);
  const optionChanges = [
    ...edits.map((edit) => optionChange(edit, editReason(edit, CMDLINE))),
    ...(edits.length === 0 && wish.options !== undefined && why !== undefined
      ? [notRefreshed("kernelOptions", why)]
      : []),
  ];
  const release = releaseChange(host, input, why);
  const asked = [...release.changes, ...optionChanges];
  const changes = [...asked, ...(asked.length > 0 ? [] : others(host, input, why))];
  return {
    afterUpgrade: () =>
      known(
        pin === undefined || !inMenu(input.kernels).some((kernel) => kernel.release === pin)
          ? { keeps: false, rule: "proxmox-boot-tool makes the newest kernel the default" }
          : { keeps: true, rule: `${PIN} names ${pin}`, ...resets(state) },
      ),
    changes,
    unchanged: [...release.unchanged, ...keptOptions(wish, optionChanges)],
    steps: [
      ...recordSteps(wish.options, edits, state.addedOptions),
      ...(changes.length === 0 ? [] : stepsFor(host, wish, { line, pin, changes })),
    ],
    bytes: Math.max(0, ...growthOf(host, input, pin).map(({ bytes }) => bytes)),
    diagnostics: [
      ...findings(state).filter(({ code }) => changes.length === 0 || code !== "proxmox-esp-stale"),
      ...(changes.length === 0 ? [] : roomProblems(host, input, pin)),
      ...(wish.release === undefined && wish.options === undefined ? [] : problems(host, input, line)),
    ],
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

function releaseChange(
  host: Host,
  input: LoaderInput,
  why: string | undefined,
): { changes: Change[]; unchanged: Unchanged[] } {
  const { release } = input.wish;
  const { pin } = host.files;
  const address = "kernel.release";
  if (release === undefined) return { changes: [], unchanged: [] };
  if (pin === release && input.hooksRun)
    return { changes: [notRefreshed(address, NEW_FILES)], unchanged: [] };
  if (pin === release && why === undefined)
    return { changes: [], unchanged: [{ address, reason: `${release} is pinned and boots next` }] };
  if (pin === release) return { changes: [notRefreshed(address, why ?? "")], unchanged: [] };
  const newest = newestOnEsps(host, input.state);
  return {
    changes: [
      {
        address,
        action: "update",
        before: pin ?? (newest === undefined ? null : `${newest}, not pinned`),
        after: release,
        reason:
          pin === undefined ? "no kernel is pinned, so the newest starts" : `${PIN} names another kernel`,
        effect: "next-boot",
      },
    ],
    unchanged: [],
  };
}

/** Of /boot's kernels only those that the tool keeps get to its ESPs. */
function newestOnEsps({ files }: Host, state: HostState): string | undefined {
  const kernels = kernelsOnEsps(state, files);
  return kernels.known ? kernels.value[0]?.release : undefined;
}

function stepsFor(
  { files, line: present }: Host,
  wish: BootWish,
  { line, pin, changes }: { line: string; pin: string | undefined; changes: readonly Change[] },
): DraftStep[] {
  const serves = changes.map(({ address }) => address);
  const ofOptions = serves.filter((address) => address.startsWith("kernelOptions"));
  const rest = (files.cmdline?.text ?? "\n").split("\n").slice(1);
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
    ...(line === present
      ? []
      : [
          writeText(
            {
              stage: "options",
              title: "write the option line",
              serves: ofOptions,
              path: CMDLINE,
              content: [line, ...rest].join("\n"),
            },
            files.cmdline,
          ),
        ]),
    ...(wish.release === undefined || wish.release === files.pin ? [] : [pinStep(wish.release)]),
    run("loader", { does: "refresh-esps" }, { title: "let proxmox-boot-tool refresh its ESPs", serves }),
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
function resets({ packages }: HostState): Pick<AfterUpgrade, "besides"> {
  const { packages: manager } = PLATFORMS.debian;
  const helper = (packages.known ? packages.value : []).find(
    ({ name, state }) => name === "proxmox-kernel-helper" && state === "installed",
  );
  if (helper === undefined) return {};
  const isSince = (first: string): boolean => manager.compareVersions(helper.version, first) >= 0;
  if (!isSince("9.0.1") && (!isSince("8.1.2") || isSince("9"))) return {};
  return {
    besides: [
      "a package of systemd-boot, shim or GRUB takes the pin off the ESPs until sudo proxmox-boot-tool refresh (hostcfg enable-verify tells it after the boot)",
    ],
  };
}

// --- What is to be known before ------------------------------------------------------------------------------

function problems({ files, facts }: Host, { state, wish }: LoaderInput, line: string): Diagnostic[] {
  return [
    ...(wish.release === undefined ? [] : overruled(facts, wish.release)),
    ...recordProblems(wish.options, state.addedOptions),
    ...(line.includes("\\")
      ? [
          problem(
            "proxmox-option-backslash",
            `the option line has a backslash, and proxmox-boot-tool's shell takes backslashes for itself: the ESPs would get another line`,
            `write the option without it, or take it out of ${CMDLINE}`,
          ),
        ]
      : []),
    ...(files.nextBootPin === undefined || files.nextBootPin === wish.release || wish.release === undefined
      ? []
      : [
          problem(
            "one-shot-entry",
            `the next boot starts ${files.nextBootPin}, pinned for one boot`,
            "sudo proxmox-boot-tool kernel unpin --next-boot, or reboot once before",
          ),
        ]),
  ];
}

/** An EFI variable comes before the loader.conf of each ESP (systemd-boot(7)), and no refresh changes it. */
function overruled({ variables }: Host["facts"], release: string): Diagnostic[] {
  if (!variables.known) return [];
  const { oneShot, variable } = variables.value;
  const entry = { path: pathsOf(release).entry };
  const names = (pattern: string): boolean =>
    namingsOf({ ...variables.value, file: true }).every((naming) =>
      isNamed(naming, { pattern, place: "variable" }, entry),
    );
  return [
    ...(oneShot === undefined || names(oneShot)
      ? []
      : [
          problem(
            "one-shot-entry",
            `the EFI variable LoaderEntryOneShot has the next boot start ${oneShot}`,
            "sudo bootctl set-oneshot '', or reboot once before",
          ),
        ]),
    ...(variable === undefined || names(variable)
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
