import { ACS_OVERRIDE, hasOption, splitLine } from "../cmdline.ts";
import { readAcsPatch } from "../facts/acs-patch.ts";
import { readBootLog } from "../facts/boot-log.ts";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import type { HostState } from "../model.ts";
import type { GroupsQuestion, PredictedBoot } from "./groups.ts";

/**
 * Whether the kernel that a prediction is about obeys `pcie_acs_override`. Only looked at where the line has it: finding
 * out may mean to unpack a kernel.
 */
export async function overrideFor(
  reader: Reader,
  { running }: HostState,
  { options, release }: PredictedBoot,
  choice: "auto" | "assume" | "absent",
): Promise<Pick<GroupsQuestion, "acsOverride" | "acsOverrideEvidence">> {
  if (choice !== "auto")
    return { acsOverride: choice, acsOverrideEvidence: [`as --acs-override=${choice} says`] };
  const line = options.known ? splitLine(options.value) : [];
  if (!hasOption(line, ACS_OVERRIDE)) return { acsOverride: "absent", acsOverrideEvidence: [] };
  if (release === undefined) return unknown("which kernel boots is unknown");
  const runs = running.release.known && running.release.value === release;
  const isLive = running.cmdline.known && hasOption(splitLine(running.cmdline.value), ACS_OVERRIDE);
  try {
    const bootLog = runs && isLive ? { bootLog: await readBootLog(reader) } : {};
    const { answer, evidence } = await readAcsPatch(reader, release, runs ? bootLog : undefined);
    if (answer === "unknown") return unknown(...evidence);
    return { acsOverride: answer === "carried" ? "assume" : "absent", acsOverrideEvidence: evidence };
  } catch (error) {
    // A capture that was taken without a spec that declares the option was never asked.
    if (!(error instanceof HostError) || error.code !== "ECAPTURE") throw error;
    return unknown(error.message);
  }
}

function unknown(
  ...evidence: readonly string[]
): Pick<GroupsQuestion, "acsOverride" | "acsOverrideEvidence"> {
  const asIf = "so it is predicted as if it has not (--acs-override=assume predicts as if it has)";
  return {
    acsOverride: "absent",
    acsOverrideEvidence: [...evidence, `whether it carries the patch is unknown, ${asIf}`],
  };
}
