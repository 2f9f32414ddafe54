import { run } from "../run.ts";
import { splitLine } from "../../cmdline.ts";
import { known, unknown } from "../../facts/fact.ts";
import type { Change, Diagnostic, Unchanged } from "../../model/index.ts";
import type { BootLoader, BootWish, DraftStep, LoaderInput, LoaderPlan } from "../loader.ts";
import { editReason, keptOptions, optionChange } from "../option-changes.ts";
import { mergeOwned, recordProblems, recordSteps } from "../owned-options.ts";
import { problem } from "../problem.ts";
import { writeText } from "../write-text.ts";
import type { Host } from "./host.ts";
import { hostOf, inMenu, isRefreshed, noteOf } from "./host.ts";
import { menu } from "./menu.ts";
import { CMDLINE, PIN, REFRESHED } from "./probe.ts";

export const proxmox: BootLoader = {
  name: "proxmox",
  menu,
  root: {
    remedy: `put root=… at the start of the first line of ${CMDLINE}: proxmox-boot-tool refuses a line without it (this boot has it in /proc/cmdline)`,
    needed: true,
  },
  standIn: undefined,
  plan,
};

/**
 * proxmox-boot-tool copies the kernels that it keeps to all its ESPs and writes their entries from /etc/kernel/cmdline
 * and its pin, each time that it is told to refresh. The ESPs are not mounted in between. So hostcfg changes those two,
 * has the ESPs refreshed once, and notes what they were made from: only where this note, or the running kernel's own
 * line, agrees with the files is what boots next known (proxmox-kernel-helper 8.1.0).
 */
function plan(input: LoaderInput): LoaderPlan {
  const { state, wish } = input;
  const wished = wish.release !== undefined || wish.options !== undefined;
  const host = hostOf(state);
  if (host.known) return drive(host.value, input);
  const why =
    state.bootLoader.proxmox === undefined
      ? problem("boot-loader-missing", host.why)
      : problem("proxmox-unreadable", host.why);
  return undrivable(wished, why);
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
  const { wish } = input;
  const { options, edits } = mergeOwned(splitLine(host.line), wish.options, input.state.addedOptions);
  const line = options.join(" ");
  const pin = wish.release ?? host.files.pin;
  const optionChanges = [
    ...edits.map((edit) => optionChange(edit, editReason(edit, CMDLINE))),
    ...(edits.length === 0 && wish.options !== undefined && !isRefreshed(host, input.state)
      ? [notRefreshed("kernelOptions")]
      : []),
  ];
  const release = releaseChange(host, input);
  const changes = [...release.changes, ...optionChanges];
  return {
    afterUpgrade: () =>
      known(
        pin === undefined || !inMenu(input.kernels).some((kernel) => kernel.release === pin)
          ? { keeps: false, rule: "proxmox-boot-tool makes the newest kernel the default" }
          : { keeps: true, rule: `${PIN} names ${pin}` },
      ),
    changes,
    unchanged: [...release.unchanged, ...keptOptions(wish, optionChanges)],
    steps: [
      ...recordSteps(wish.options, edits, input.state.addedOptions),
      ...(changes.length === 0 ? [] : stepsFor(host, wish, { line, pin, changes })),
    ],
    diagnostics: wish.release === undefined && wish.options === undefined ? [] : problems(host, input),
  };
}

// --- What is to change ---------------------------------------------------------------------------------------

function notRefreshed(
  address: string,
  reason = "nothing shows that the ESPs were refreshed since proxmox-boot-tool's files changed",
): Change {
  return {
    address,
    action: "update",
    before: "not known to be on the ESPs",
    after: "refreshed",
    reason,
    effect: "next-boot",
  };
}

function releaseChange(host: Host, input: LoaderInput): { changes: Change[]; unchanged: Unchanged[] } {
  const { release } = input.wish;
  const { pin } = host.files;
  const address = "kernel.release";
  if (release === undefined) return { changes: [], unchanged: [] };
  if (pin === release && input.rebuilt === release && !host.facts.hook)
    return {
      changes: [notRefreshed(address, "its initrd is rebuilt, and no hook refreshes the ESPs")],
      unchanged: [],
    };
  if (pin === release && isRefreshed(host, input.state))
    return { changes: [], unchanged: [{ address, reason: `${release} is pinned and boots next` }] };
  if (pin === release) return { changes: [notRefreshed(address)], unchanged: [] };
  const newest = inMenu(input.state.kernels.known ? input.state.kernels.value : [])[0]?.release;
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

function stepsFor(
  { files, line: present }: Host,
  wish: BootWish,
  { line, pin, changes }: { line: string; pin: string | undefined; changes: readonly Change[] },
): DraftStep[] {
  const serves = changes.map(({ address }) => address);
  const ofOptions = serves.filter((address) => address.startsWith("kernelOptions"));
  const rest = (files.cmdline?.text ?? "\n").split("\n").slice(1);
  return [
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
        content: noteOf(line, pin),
      },
      files.refreshed,
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

// --- What is to be known before ------------------------------------------------------------------------------

function problems({ files }: Host, { state, wish }: LoaderInput): Diagnostic[] {
  return [
    ...recordProblems(wish.options, state.addedOptions),
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
