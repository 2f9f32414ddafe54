import { run } from "../run.ts";
import { essenceOf, splitLine } from "../../cmdline.ts";
import { known, unknown } from "../../facts/fact.ts";
import type {
  Change,
  Diagnostic,
  Fact,
  KernelFact,
  NextBoot,
  ProxmoxFacts,
  ProxmoxFiles,
  Unchanged,
} from "../../model/index.ts";
import { compareVersions } from "../bls/order.ts";
import type { BootLoader, BootWish, DraftStep, LoaderInput, LoaderPlan } from "../loader.ts";
import { keptOptions, optionChange } from "../option-changes.ts";
import { mergeOwned, recordProblems, recordSteps } from "../owned-options.ts";
import { problem } from "../problem.ts";
import { rootProblems } from "../root-option.ts";
import { efiLine, lineTooLong } from "../line-length.ts";
import { noFallback } from "../way-back.ts";
import { writeText } from "../write-text.ts";
import { CMDLINE, PIN, REFRESHED } from "./probe.ts";

export const proxmox: BootLoader = { name: "proxmox", plan };

interface Host {
  readonly facts: ProxmoxFacts;
  readonly files: ProxmoxFiles;
  /** The option line that the tool writes into every entry: the first line of the file, or the running one. */
  readonly line: string;
}

/**
 * proxmox-boot-tool copies the kernels that it keeps to all its ESPs and writes their entries from /etc/kernel/cmdline
 * and its pin, each time that it is told to refresh. The ESPs are not mounted in between. So hostcfg changes those two,
 * has the ESPs refreshed once, and notes what they were made from: only where this note, or the running kernel's own
 * line, agrees with the files is what boots next known (proxmox-kernel-helper 8.1.0).
 */
function plan(input: LoaderInput): LoaderPlan {
  const { state, wish } = input;
  const wished = wish.release !== undefined || wish.options !== undefined;
  const facts = state.bootLoader.proxmox;
  if (facts === undefined)
    return undrivable(wished, problem("boot-loader-missing", "proxmox-boot-tool keeps no ESP here"));
  if (!facts.files.known) return undrivable(wished, problem("proxmox-unreadable", facts.files.why));
  const line = lineOf(facts.files.value, state.running.cmdline);
  if (!line.known) return undrivable(wished, problem("proxmox-unreadable", line.why));
  return drive({ facts, files: facts.files.value, line: line.value }, input);
}

function undrivable(wished: boolean, why: Diagnostic): LoaderPlan {
  const unsaid = unknown(why.summary);
  const nextBoot = { before: unsaid, after: unsaid, afterUpgrade: unsaid };
  return { nextBoot, changes: [], unchanged: [], steps: [], diagnostics: wished ? [why] : [] };
}

function lineOf({ cmdline }: ProxmoxFiles, running: Fact<string>): Fact<string> {
  if (cmdline !== undefined) return known(splitLine(cmdline.text.split("\n")[0] ?? "").join(" "));
  return running.known
    ? known(
        splitLine(running.value)
          .filter((option) => !option.startsWith("initrd="))
          .join(" "),
      )
    : running;
}

function drive(host: Host, input: LoaderInput): LoaderPlan {
  const { wish } = input;
  const before = bootBefore(host, input);
  const { options, edits } = mergeOwned(splitLine(host.line), wish.options, input.state.addedOptions);
  const line = options.join(" ");
  const pin = wish.release ?? host.files.pin;
  const optionChanges = [
    ...edits.map((edit) => optionChange(edit, `${CMDLINE} has it otherwise`)),
    ...(edits.length === 0 && wish.options !== undefined && !isRefreshed(host, input)
      ? [notRefreshed("kernelOptions")]
      : []),
  ];
  const release = releaseChange(host, input);
  const changes = [...release.changes, ...optionChanges];
  const after = nextBoot(host, input, { line, pin });
  const unsure = input.hooksRun && !host.facts.hook;
  return {
    nextBoot: {
      before,
      after: changes.length > 0 || (input.hooksRun && !unsure) ? after : before,
      afterUpgrade: known(
        pin === undefined || !inMenu(input.kernels).some((kernel) => kernel.release === pin)
          ? { keeps: false, rule: "proxmox-boot-tool makes the newest kernel the default" }
          : { keeps: true, rule: `${PIN} names ${pin}` },
      ),
    },
    changes,
    unchanged: [...release.unchanged, ...keptOptions(wish, optionChanges)],
    steps: [
      ...recordSteps(wish.options, edits, input.state.addedOptions),
      ...(changes.length === 0 ? [] : stepsFor(host, wish, { line, pin, changes })),
    ],
    diagnostics:
      wish.release === undefined && wish.options === undefined ? [] : problems(host, input, line, after),
  };
}

// --- What boots ----------------------------------------------------------------------------------------------

function bootBefore(host: Host, input: LoaderInput): Fact<NextBoot> {
  const { line, files } = host;
  if (!isRefreshed(host, input))
    return unknown(
      "proxmox-boot-tool's ESPs are not mounted, and nothing shows that they were refreshed since its files changed",
    );
  const { kernels } = input.state;
  return kernels.known
    ? nextBoot(host, { ...input, kernels: kernels.value }, { line, pin: files.pin })
    : kernels;
}

/**
 * hostcfg's note names the same line and pin; or this boot came by them, so that a refresh must have carried them to
 * the ESPs.
 */
function isRefreshed({ files, line }: Host, { state }: LoaderInput): boolean {
  if (files.refreshed !== undefined) return files.refreshed.text === noteOf(line, files.pin);
  const { cmdline, release } = state.running;
  const pinned = files.pin === undefined || (release.known && release.value === files.pin);
  return pinned && cmdline.known && essenceOf(cmdline.value) === essenceOf(line);
}

function noteOf(line: string, pin: string | undefined): string {
  return `options ${line}\npin ${pin ?? ""}\n`;
}

function nextBoot(
  { files }: Host,
  { kernels, state }: LoaderInput,
  { line, pin }: { readonly line: string; readonly pin: string | undefined },
): Fact<NextBoot> {
  const menu = inMenu(kernels);
  const named = files.nextBootPin ?? pin;
  const gone = named !== undefined && !menu.some((kernel) => kernel.release === named);
  const release = gone ? menu[0]?.release : (named ?? menu[0]?.release);
  if (release === undefined) return unknown("/boot holds no kernel with its initrd");
  const folder = `(ESP)/EFI/proxmox/${release}`;
  const running = state.running.release;
  const others = [...(running.known ? [running.value] : []), ...menu.map((kernel) => kernel.release)];
  const other = others.find((one) => one !== release && menu.some((kernel) => kernel.release === one));
  return known({
    loader: "proxmox",
    release: known(release),
    kernel: `${folder}/vmlinuz-${release}`,
    initrd: `${folder}/initrd.img-${release}`,
    options: line,
    rule: `systemd-boot starts proxmox-${release}.conf: ${gone ? `${named} is pinned, but not in /boot, so the newest kernel starts` : ruleOf(files, pin)}; the ESPs themselves are not mounted`,
    fallback: other === undefined ? unknown("proxmox-boot-tool keeps no other kernel") : known(other),
  });
}

function ruleOf({ nextBootPin }: ProxmoxFiles, pin: string | undefined): string {
  if (nextBootPin !== undefined) return "the pin for the next boot names it";
  return pin === undefined ? "the newest kernel is the default" : `${PIN} names it`;
}

/** As systemd-boot sorts the tool's entries, which have no sort key: by version, the newest first. */
function inMenu(kernels: readonly KernelFact[]): KernelFact[] {
  return kernels
    .filter(({ image, initrd }) => image !== undefined && initrd !== undefined)
    .sort((a, b) => compareVersions(b.release, a.release));
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
      changes: [notRefreshed(address, "its initrd is made anew, and no hook refreshes the ESPs")],
      unchanged: [],
    };
  if (pin === release && isRefreshed(host, input))
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
    run(
      "loader",
      { does: "refresh-esps" },
      { title: "let proxmox-boot-tool make all its ESPs anew", serves },
    ),
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

function problems(
  { files }: Host,
  { state, wish }: LoaderInput,
  line: string,
  after: Fact<NextBoot>,
): Diagnostic[] {
  return [
    ...recordProblems(wish.options, state.addedOptions),
    ...rootProblems(line, state, {
      remedy: `put root=… in front of the first line of ${CMDLINE}, for proxmox-boot-tool refuses it (this boot has it in /proc/cmdline)`,
      needed: true,
    }),
    ...(files.nextBootPin === undefined || files.nextBootPin === wish.release || wish.release === undefined
      ? []
      : [
          problem(
            "one-shot-entry",
            `the next boot starts ${files.nextBootPin}, pinned for one boot`,
            "sudo proxmox-boot-tool kernel unpin --next-boot, or reboot once before",
          ),
        ]),
    ...lineTooLong(efiLine(`\\EFI\\proxmox\\${wish.release ?? ""}\\initrd.img`, line)),
    ...(after.known && wish.release !== undefined ? noFallback(after.value, wish.release) : []),
  ];
}
