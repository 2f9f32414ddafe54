import { essenceOf, markOf, markWith, splitLine } from "../../cmdline.ts";
import { known } from "../../facts/fact.ts";
import type {
  Change,
  EspContent,
  EspLoader,
  Fact,
  HostState,
  ProxmoxFacts,
  SetOnce,
} from "../../model/index.ts";
import { namingsOf } from "../bls/naming.ts";
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
  refusedTrial,
} from "../trial.ts";
import { TRIAL_ID, WAY_BACK_ADDRESS, WAY_BACK_ID } from "../way-back.ts";
import { TRIAL_ENTRY } from "./aside.ts";
import { grubAsideText, grubTrialText, isTrialOfGrub } from "./grub-aside.ts";
import { hostOf, loaderOfEsps, readyEsps, withChangedEsps } from "./host.ts";
import { menu } from "./menu.ts";
import { isTrialChosen, withoutTrialChoice } from "./once.ts";
import { asideText, trialText } from "./put-aside.ts";
import { isSamePath } from "./read-esps.ts";
import { hasTrial, isOfTrial, namesTrial, standIn } from "./stand-in.ts";
import { whyNotTried } from "./why-not-tried.ts";

/**
 * A refresh writes the default of each ESP and the tool's own entries, and leaves EFI variables, custom.cfg and hostcfg's
 * entries alone. So what boots now is put aside on each ESP and made the default: for systemd-boot by LoaderEntryDefault,
 * which comes before loader.conf, and for GRUB in custom.cfg, which comes behind what its menu says. Then all of the plan is
 * carried out; and an entry of hostcfg's own with the new kernel and options is chosen for one boot: by LoaderEntryOneShot,
 * or by next_entry on each ESP.
 */
export function tryOnce(input: TrialInput): Tried {
  const { state, drafts, ends, only, bytes } = input;
  const host = hostOf(state);
  const refusal = host.known
    ? whyNotTried(host.value.facts, host.value.files)
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
  const trial = textOfTrial(there, {
    release: release.value,
    options: `${options} ${markWith("trial", only.trial)}`,
    image: onEsp(reads.kernel),
    initrd: onEsp(reads.initrd),
  });
  if (trial === undefined) return refusedTrial(UNWRITABLE);
  const isWritten = readyEsps(facts).every(({ content }) => isTrialOn(content, there.on, trial));
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
    opening: [
      ...putAside,
      ...(before === undefined || there.on === "grub" ? [] : [setDefault(facts, WAY_BACK_ID, TRIAL_BEFORE)]),
    ],
    steps,
    closing: isOpen
      ? [
          run("default", choiceOf(there, facts), {
            title: `choose ${release.value} for the next boot only`,
            serves: [TRIAL_ONCE],
          }),
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
  const without = proxmox === undefined ? undefined : factsUnchosen(proxmox);
  return without === undefined
    ? undefined
    : { ...state, bootLoader: { ...state.bootLoader, proxmox: without } };
}

function factsUnchosen(facts: ProxmoxFacts): ProxmoxFacts | undefined {
  const { esps, variables } = facts;
  if (loaderOfEsps(facts) === "grub") {
    const all = esps.map(({ uuid }) => uuid);
    return isTrialChosen(facts)
      ? withChangedEsps(facts, all, ({ content }) => withoutTrialChoice(content))
      : undefined;
  }
  if (!variables.known || !namesTrial(variables.value.oneShot)) return undefined;
  return { ...facts, variables: known({ ...variables.value, oneShot: undefined }) };
}

/** What an apply still has to do where a trial was: the tool's own default boots again, and what was tried has no entry. */
export function endOfTrial(facts: ProxmoxFacts): {
  readonly changes: readonly Change[];
  readonly steps: readonly DraftStep[];
} {
  const on = loaderOfEsps(facts) ?? "systemd-boot";
  const esps = readyEsps(facts).map(({ uuid }) => uuid);
  const isHeld = isOfTrial(facts);
  const isLeft = hasTrial(facts) || (on === "grub" && isHeld);
  const isChosen = isTrialChosen(facts);
  const serves = [...(isLeft ? [ENTRY_GONE.address] : []), ...(isHeld ? [WAY_BACK_ADDRESS] : [])];
  return {
    changes: [
      ...(isHeld ? [defaultBack(on)] : []),
      ...(isLeft ? [ENTRY_GONE] : []),
      ...(isChosen ? [CHOICE_GONE] : []),
    ],
    steps: [
      // Of an ESP that was away when the others forgot it.
      ...(isChosen
        ? [
            run(
              "default",
              { does: "set-once", by: "grub-editenv", entry: "", esps },
              { title: "choose nothing for the next boot only", serves: [TRIAL_ONCE] },
            ),
          ]
        : []),
      ...(isHeld && on === "systemd-boot" ? [setDefault(facts, "", WAY_BACK_ADDRESS)] : []),
      ...(isLeft
        ? [
            run(
              "cleanup",
              { does: "drop-aside", on, esps, only: "trial" },
              { title: "remove the entry that was tried from each ESP", serves },
            ),
          ]
        : []),
    ],
  };
}

function defaultBack(on: EspLoader): Change {
  const by = on === "grub" ? "custom.cfg on each ESP" : "the EFI variable LoaderEntryDefault";
  return {
    address: WAY_BACK_ADDRESS,
    action: "update",
    before: "boots next",
    after: "in the boot menu",
    reason: `a trial has it boot by ${by}; proxmox-boot-tool's own default comes back`,
    effect: "next-boot",
  };
}

const ENTRY_GONE: Change = {
  address: "trial.entry",
  action: "delete",
  before: "in the boot menu",
  after: null,
  reason: "what was tried needs no entry of its own any more",
  effect: "now",
};

const CHOICE_GONE: Change = {
  address: TRIAL_ONCE,
  action: "delete",
  before: "chosen for the next boot",
  after: null,
  reason: "an ESP that was away when the others forgot it still has it",
  effect: "next-boot",
};

function endsTrial(step: DraftStep): boolean {
  const moves = step.kind === "exec" && ["set-default", "set-once"].includes(step.action.does);
  return step.stage === "cleanup" || moves;
}

function choiceOf({ on, uuids }: EspStandIn, facts: ProxmoxFacts): SetOnce {
  return on === "grub"
    ? { does: "set-once", by: "grub-editenv", entry: TRIAL_ID, esps: uuids }
    : { does: "set-once", by: "bootctl", entry: nameOf(TRIAL_ID, facts) };
}

const UNWRITABLE = "an option of what boots now, or of what is tried, cannot be written for GRUB";

function textOfTrial(
  { on, uuids }: EspStandIn,
  { options, ...what }: Parameters<typeof trialText>[0],
): string | undefined {
  return on === "grub"
    ? grubTrialText({ ...what, options: splitLine(options) }, uuids)
    : trialText({ ...what, options });
}

/** Whether this text is on the ESP already. */
function isTrialOn(content: EspContent, on: EspLoader, text: string): boolean {
  return on === "grub"
    ? isTrialOfGrub(content, text)
    : content.texts.some((one) => isSamePath(one.path, TRIAL_ENTRY) && one.text === text);
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
  { aside, on }: EspStandIn,
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
  const line = `${options} ${markWith("before", only)}`;
  const entry =
    on === "grub"
      ? grubAsideText({ release: release.value, options: splitLine(line) })
      : asideText({ release: release.value, options: line });
  return entry === undefined
    ? refusedTrial(UNWRITABLE)
    : { copy: { ...aside.copy, entry }, release: release.value };
}
