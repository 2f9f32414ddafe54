import { essenceOf, markOf, markWith } from "../../cmdline.ts";
import { known } from "../../facts/fact.ts";
import type { Change, Fact, HostState, ProxmoxFacts, ProxmoxFiles } from "../../model/index.ts";
import { namingsOf } from "../bls/naming.ts";
import { isTrial } from "../bls/way-back-entry.ts";
import { LOADER_DEFAULT } from "../efi-variables.ts";
import type { DraftStep, EspStandIn, TrialInput, Tried } from "../loader.ts";
import type { MenuEntry } from "../menu.ts";
import { noRoom } from "../protect-esps.ts";
import { run } from "../run.ts";
import {
  CUT_FIRST,
  TRIAL_BEFORE,
  TRIAL_ONCE,
  UNPROVEN,
  UNTOLD,
  beforeChange,
  onceChange,
  onceTaken,
  refusedTrial,
} from "../trial.ts";
import { TRIAL_ID, WAY_BACK_ADDRESS, WAY_BACK_ID } from "../way-back.ts";
import { TRIAL_ENTRY } from "./aside.ts";
import { sayings } from "./findings.ts";
import { hostOf, loaderOfEsps, readyEsps } from "./host.ts";
import { menu } from "./menu.ts";
import { CMDLINE, NEXT_BOOT_PIN } from "./probe.ts";
import { asideText, trialText } from "./put-aside.ts";
import { isSamePath } from "./read-esps.ts";
import { hasTrial, isOfTrial, standIn } from "./stand-in.ts";

/**
 * A refresh writes loader.conf and the tool's own entries, and leaves EFI variables and hostcfg's entries alone. So what
 * boots now is put aside on each ESP and made the default by LoaderEntryDefault, which comes before loader.conf; then all of
 * the plan is carried out; and an entry of hostcfg's own with the new kernel and options is chosen by LoaderEntryOneShot.
 */
export function tryOnce(input: TrialInput): Tried {
  const { state, drafts, ends, only, bytes } = input;
  const host = hostOf(state);
  const refusal = host.known
    ? refusalOf(host.value.facts, host.value.files)
    : refusedTrial(`what boots now cannot be told: ${host.why}`);
  if (refusal !== undefined || !host.known) return refusal ?? refusedTrial(UNTOLD);
  const { facts } = host.value;
  const there = standIn(state);
  const chosen = chosenOf(state);
  if (there === undefined || !chosen.known)
    return refusedTrial(`what boots now cannot be told: ${chosen.known ? UNTOLD : chosen.why}`);
  const before = there.isHeld ? undefined : beside(there, chosen.value, state, only.before);
  if (before !== undefined && "closing" in before) return before;
  if (there.isHeld && markOf(chosen.value.options) !== "before") return refusedTrial(...CUT_FIRST);
  const [end, ...others] = ends.map(chosenOf);
  const tells = (one: Fact<MenuEntry> | undefined): string | undefined =>
    one?.known === true ? JSON.stringify([one.value.reads, one.value.options]) : undefined;
  if (end?.known !== true || others.some((other) => tells(other) !== tells(end))) return refusedTrial(UNTOLD);
  const { release, options, reads } = end.value;
  if (!release.known || isOwn(end.value)) return refusedTrial(UNTOLD);
  const trial = trialText({
    release: release.value,
    options: `${options} ${markWith("trial", only.trial)}`,
    image: onEsp(reads.kernel),
    initrd: onEsp(reads.initrd),
  });
  const isWritten = readyEsps(facts).every(({ content }) =>
    content.texts.some(({ path, text }) => isSamePath(path, TRIAL_ENTRY) && text === trial),
  );
  const full = (there.aside?.bytes ?? []).find(
    (room) => before !== undefined && room.free.known && room.bytes + bytes > room.free.value,
  );
  const putAside =
    before === undefined && isWritten
      ? []
      : [
          run(
            "way-back",
            { does: "put-aside", on: there.on, esps: there.uuids, copy: before?.copy, trial },
            {
              title:
                before === undefined
                  ? "write the entry that is tried on each ESP"
                  : `put ${before.release}, as it boots now, aside on each ESP, and write the entry that is tried`,
              serves: [before === undefined ? TRIAL_ONCE : TRIAL_BEFORE],
            },
          ),
        ];
  const steps = drafts.filter((step) => !endsTrial(step));
  // A program that did nothing may have left some of the plan to do behind the choice.
  const isOpen = !isWritten || !input.isChosen || steps.length > 0;
  return {
    opening: [...putAside, ...(before === undefined ? [] : [setDefault(facts, WAY_BACK_ID, TRIAL_BEFORE)])],
    steps,
    closing: isOpen
      ? [
          run(
            "default",
            { does: "set-once", by: "bootctl", entry: nameOf(TRIAL_ID, facts) },
            { title: `choose ${release.value} for the next boot only`, serves: [TRIAL_ONCE] },
          ),
        ]
      : [],
    changes: [
      ...(before === undefined ? [] : [beforeChange(before.release, there.isNew)]),
      ...(isOpen ? [onceChange(release.value)] : []),
    ],
    diagnostics: full === undefined ? [] : [{ ...noRoom(full), severity: "error" }],
  };
}

/** The host as if the trial's entry were not chosen for the next boot. */
export function unchosen(state: HostState): HostState | undefined {
  const { proxmox } = state.bootLoader;
  if (proxmox?.variables.known !== true || !namesTrial(proxmox.variables.value.oneShot)) return undefined;
  const variables = known({ ...proxmox.variables.value, oneShot: undefined });
  return { ...state, bootLoader: { ...state.bootLoader, proxmox: { ...proxmox, variables } } };
}

export function namesTrial(pattern: string | undefined): boolean {
  return pattern !== undefined && isTrial(pattern.replace(/\.conf$/, ""));
}

/** What an apply still has to do where a trial was: the tool's own default boots again, and what was tried has no entry. */
export function endOfTrial(facts: ProxmoxFacts): {
  readonly changes: readonly Change[];
  readonly steps: readonly DraftStep[];
} {
  const ends = isOfTrial(facts)
    ? { change: DEFAULT_BACK, step: setDefault(facts, "", WAY_BACK_ADDRESS) }
    : undefined;
  const on = loaderOfEsps(facts) ?? "systemd-boot";
  const leaves = hasTrial(facts)
    ? {
        change: ENTRY_GONE,
        step: run(
          "cleanup",
          { does: "drop-aside", on, esps: readyEsps(facts).map(({ uuid }) => uuid), only: "trial" },
          { title: "remove the entry that was tried from each ESP", serves: [ENTRY_GONE.address] },
        ),
      }
    : undefined;
  const both = [ends, leaves].filter((one) => one !== undefined);
  return { changes: both.map(({ change }) => change), steps: both.map(({ step }) => step) };
}

const DEFAULT_BACK: Change = {
  address: WAY_BACK_ADDRESS,
  action: "update",
  before: "boots next",
  after: "in the boot menu",
  reason:
    "a trial has it boot by the EFI variable LoaderEntryDefault; proxmox-boot-tool's own default comes back",
  effect: "next-boot",
};

const ENTRY_GONE: Change = {
  address: "trial.entry",
  action: "delete",
  before: "in the boot menu",
  after: null,
  reason: "what was tried needs no entry of its own any more",
  effect: "now",
};

function endsTrial(step: DraftStep): boolean {
  return step.stage === "cleanup" || (step.kind === "exec" && step.action.does === "set-default");
}

function setDefault(facts: ProxmoxFacts, id: string, serves: string): DraftStep {
  const [stage, title, entry] =
    id === ""
      ? (["default", "have proxmox-boot-tool's own default boot again", ""] as const)
      : (["way-back", `make ${id} the default`, nameOf(id, facts)] as const);
  return run(
    stage,
    { does: "set-default", by: "bootctl", entry },
    { title, serves: [serves], touches: [LOADER_DEFAULT] },
  );
}

/** As this host's loader compares a variable with its entries. */
function nameOf(id: string, { variables }: ProxmoxFacts): string {
  const isStem =
    variables.known && namingsOf({ ...variables.value, file: true }).every(({ names }) => names === "stem");
  return isStem ? id : `${id}.conf`;
}

function chosenOf(state: HostState): Fact<MenuEntry> {
  const found = menu(state);
  if (!found.known) return found;
  const { chosen, rule } = found.value;
  return chosen === undefined ? { known: false, why: rule } : known(chosen);
}

function isOwn({ name }: MenuEntry): boolean {
  return name.startsWith("hostcfg-");
}

function onEsp(path: string): string {
  return path.replace("(ESP)", "");
}

/** What boots now as it is to be put aside, or why it cannot be. */
function beside(
  { aside }: EspStandIn,
  chosen: MenuEntry,
  { running }: HostState,
  only: readonly string[],
):
  { readonly copy: NonNullable<NonNullable<EspStandIn["aside"]>["copy"]>; readonly release: string } | Tried {
  if (isOwn(chosen)) return refusedTrial(...CUT_FIRST);
  const { release, options } = chosen;
  const isProven =
    release.known &&
    running.release.known &&
    running.release.value === release.value &&
    running.cmdline.known &&
    essenceOf(running.cmdline.value) === essenceOf(options);
  if (!isProven) return refusedTrial(...UNPROVEN);
  if (aside?.copy === undefined)
    return refusedTrial(
      `the kernel and initrd of ${chosen.name} are not on each ESP as in /boot, so no copy of them is known to be whole`,
      "sudo proxmox-boot-tool refresh, then reboot",
    );
  const entry = asideText({
    release: release.value,
    options: `${options} ${markWith("before", only)}`,
  });
  return { copy: { ...aside.copy, entry }, release: release.value };
}

function refusalOf(facts: ProxmoxFacts, { cmdline, nextBootPin }: ProxmoxFiles): Tried | undefined {
  const { variables } = facts;
  if (loaderOfEsps(facts) === "grub")
    return refusedTrial(
      "GRUB starts proxmox-boot-tool's ESPs, and each of them has an environment block of its own: hostcfg does not set the choice for one boot on all of them yet",
    );
  const [unfit] = sayings(facts);
  if (unfit !== undefined)
    return refusedTrial(
      `each ESP must have what the host goes back to, for the firmware may start any of them: ${unfit}`,
      "sudo proxmox-boot-tool status, then connect its disk, or take it off the list: sudo proxmox-boot-tool clean",
    );
  if (!variables.known || !variables.value.variablesKnown)
    return refusedTrial(
      "the EFI variables cannot be seen here, and a trial is chosen by one of them",
      "mount efivarfs, or try it on the host itself once it runs",
    );
  const { oneShot, variable, loaderInfo } = variables.value;
  if (loaderInfo?.startsWith("systemd-boot") !== true)
    return refusedTrial(
      `systemd-boot did not start this boot (${loaderInfo === undefined ? "the EFI variable LoaderInfo is not set" : `LoaderInfo is ${loaderInfo}`}), so what the firmware starts does not read its variables`,
      "have the firmware start proxmox-boot-tool's ESPs: sudo proxmox-boot-tool status, and efibootmgr",
    );
  if (oneShot !== undefined) return onceTaken(`LoaderEntryOneShot is ${oneShot}`);
  if (variable !== undefined && !isOfTrial(facts))
    return refusedTrial(
      `the EFI variable LoaderEntryDefault is ${variable} (key d in the boot menu sets it), and the return hangs on that variable`,
      "sudo bootctl set-default ''",
    );
  if (nextBootPin !== undefined)
    return refusedTrial(
      `the next boot is chosen already: ${NEXT_BOOT_PIN} is there`,
      "reboot first, or: sudo proxmox-boot-tool kernel unpin --next-boot",
    );
  if (cmdline === undefined)
    return refusedTrial(
      `there is no ${CMDLINE}, so a refresh in the boot of the trial would write that boot's line into all entries`,
      `write the present line there, without initrd=: sed 's/initrd=[^ ]* *//' /proc/cmdline | sudo tee ${CMDLINE}`,
    );
  return undefined;
}
