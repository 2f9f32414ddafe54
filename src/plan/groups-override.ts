import { ACS_OVERRIDE, hasOption, splitLine } from "../cmdline.ts";
import { clueOfFamily } from "../facts/acs-clues.ts";
import { readAcsPatch } from "../facts/acs-patch.ts";
import { readBootLog } from "../facts/boot-log.ts";
import { isGap } from "../facts/unrecorded.ts";
import type { Reader } from "../host/reader.ts";
import type { AcsPatch, HostState } from "../model/index.ts";
import { clueOfGroups } from "../pci/override-in-groups.ts";
import type { GroupsQuestion, PredictedBoot } from "./groups.ts";

type Override = Pick<GroupsQuestion, "acsOverride" | "acsOverrideEvidence" | "acsOverrideProven">;

/**
 * Whether the kernel that a prediction is about obeys `pcie_acs_override`. Only looked at where the line has it: finding
 * out may mean to unpack a kernel.
 */
export async function overrideFor(
  reader: Reader,
  state: HostState,
  { options, release }: PredictedBoot,
  choice: "auto" | "assume" | "absent",
): Promise<Override> {
  if (choice !== "auto") return decided(choice, [`as --acs-override=${choice} says`]);
  const line = options.known ? splitLine(options.value) : [];
  if (!hasOption(line, ACS_OVERRIDE)) return decided("absent", []);
  if (release === undefined) return unknown("which kernel boots is unknown");
  const { answer, evidence } = await patchOf(reader, state, release);
  return answer === "unknown"
    ? unknown(...evidence)
    : decided(answer === "carried" ? "assume" : "absent", evidence);
}

/**
 * Whether a kernel carries the ACS override patch, as a plan judges: by its own symbols and texts, then by what the patch
 * has done to the present groups, then by who builds kernels of such a name.
 */
export async function patchOf(reader: Reader, state: HostState, release: string): Promise<AcsPatch> {
  const { running } = state;
  const runs = running.release.known && running.release.value === release;
  const isLive = running.cmdline.known && hasOption(splitLine(running.cmdline.value), ACS_OVERRIDE);
  try {
    const bootLog = runs && isLive ? { bootLog: await readBootLog(reader) } : {};
    const read = await readAcsPatch(reader, release, runs ? bootLog : undefined);
    return read.answer === "unknown" ? byWeakerClues(state, read) : read;
  } catch (error) {
    // A capture that was taken without a spec that declares the option was never asked.
    if (!isGap(error)) throw error;
    return byWeakerClues(state, { release, evidence: [error.message] });
  }
}

/**
 * The same for the boot that a plan leads to: what the plan says of its kernel, where the spec declares the option, since
 * that kernel may not be installed yet.
 */
export async function overrideAfter(
  reader: Reader,
  state: HostState,
  boot: PredictedBoot,
  patch: AcsPatch | undefined,
): Promise<Override> {
  const asksForIt = boot.options.known && hasOption(splitLine(boot.options.value), ACS_OVERRIDE);
  if (patch === undefined || !asksForIt) return overrideFor(reader, state, boot, "auto");
  const { answer, evidence } = patch;
  return answer === "unknown"
    ? unknown(...evidence)
    : decided(answer === "carried" ? "assume" : "absent", evidence);
}

function byWeakerClues(
  state: HostState,
  { release, evidence }: Pick<AcsPatch, "release" | "evidence">,
): AcsPatch {
  const heard = [...evidence];
  for (const clue of [clueOfGroups(state, release), clueOfFamily(release)]) {
    if (clue === undefined) continue;
    heard.push(clue.clause);
    if (clue.shows !== "nothing") return { release, answer: clue.shows, evidence: heard };
  }
  return { release, answer: "unknown", evidence: heard };
}

function decided(acsOverride: "assume" | "absent", acsOverrideEvidence: readonly string[]): Override {
  return { acsOverride, acsOverrideEvidence, acsOverrideProven: true };
}

function unknown(...evidence: readonly string[]): Override {
  const asIf = "so it is predicted as if it has not (--acs-override=assume predicts as if it has)";
  return {
    acsOverride: "absent",
    acsOverrideProven: false,
    acsOverrideEvidence: [...evidence, `whether it carries the patch is unknown, ${asIf}`],
  };
}
