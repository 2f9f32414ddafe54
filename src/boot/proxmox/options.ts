import { splitLine } from "../../cmdline.ts";
import type { Change, Diagnostic, HostState } from "../../model/index.ts";
import { grub } from "../grub/plan.ts";
import type { BootWish, DraftStep, LoaderInput } from "../loader.ts";
import { optionChanges } from "../plan-parts.ts";
import { mergeOwned, recordProblems, recordSteps } from "../owned-options.ts";
import { problem } from "../problem.ts";
import { writeText } from "../write-text.ts";
import { withoutAsideDefault, withoutHeldDefault } from "./grub-aside.ts";
import { withoutTrialChoice } from "./once.ts";
import { asGrubHost, withPinSetting } from "./grub-esp.ts";
import type { Host } from "./host.ts";
import { readyEsps } from "./host.ts";
import { keptReleases } from "./kept.ts";
import { CMDLINE } from "./probe.ts";

/** What is done about the options, which stand in another place for each loader. */
export interface Options {
  readonly changes: readonly Change[];
  /** Of hostcfg's own record. */
  readonly records: readonly DraftStep[];
  readonly writes: readonly DraftStep[];
  /** As it will be, for the note of what the ESPs were made from. */
  readonly line: string;
  readonly diagnostics: readonly Diagnostic[];
}

export function optionsOfLine(host: Host, { state, wish }: LoaderInput): Options {
  const { files } = host;
  const { options, edits } = mergeOwned(splitLine(host.line), wish.options, state.addedOptions);
  const line = options.join(" ");
  const rest = (files.cmdline?.text ?? "\n").split("\n").slice(1);
  const changes = optionChanges(edits, wish, CMDLINE);
  const write = writeText(
    {
      stage: "options",
      title: "write the option line",
      serves: changes.map(({ address }) => address),
      path: CMDLINE,
      content: [line, ...rest].join("\n"),
    },
    files.cmdline,
  );
  const isWished = wish.release !== undefined || wish.options !== undefined;
  return {
    changes,
    records: recordSteps(wish.options, edits, state.addedOptions),
    writes: line === host.line ? [] : [write],
    line,
    diagnostics: isWished ? lineProblems(wish, state, line) : [],
  };
}

/**
 * Where GRUB starts the ESPs its settings say the options, as on other hosts, and the tool has update-grub make each ESP's
 * menu from them. The tool's own pin is not GRUB's to plan.
 */
export function optionsOfGrub(host: Host, input: LoaderInput, pin: string | undefined): Options {
  const { state, wish } = input;
  const files = { ...host.files, ...(pin === undefined ? {} : { pin }) };
  const [esp] = readyEsps(host.facts);
  const { line } = host;
  if (esp === undefined) return { changes: [], records: [], writes: [], line, diagnostics: [] };
  // What hostcfg has boot meanwhile, or once, is no matter of the settings.
  const clean = {
    ...esp,
    content: withoutTrialChoice(withoutHeldDefault(withoutAsideDefault(esp.content))),
  };
  const there = asGrubHost(withPinSetting(state, files), clean);
  const kept = keptReleases(state, files);
  const { changes, steps, diagnostics } = grub.plan({
    ...input,
    // What is tried has its own entries on the ESPs (trial.ts).
    trial: undefined,
    state: there,
    wish: wish.options === undefined ? {} : { options: wish.options },
    kernels: input.kernels.filter(({ release }) => !kept.known || kept.value.includes(release)),
    packagesRun: false,
  });
  return {
    changes,
    records: steps.filter(({ stage }) => stage !== "options" && stage !== "loader"),
    writes: steps.filter(({ stage }) => stage === "options"),
    line,
    diagnostics: wish.options === undefined ? [] : diagnostics,
  };
}

function lineProblems(wish: BootWish, state: HostState, line: string): Diagnostic[] {
  return [
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
  ];
}
