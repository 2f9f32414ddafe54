import { ACS_OVERRIDE, hasOption, splitLine } from "../cmdline.ts";
import { readAcsPatch } from "./acs-patch.ts";
import { readBootLog } from "./boot-log.ts";
import type { Reader } from "../host/reader.ts";
import type { AcsOverrideFacts, Fact, Running } from "../model/index.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";

/** Whether a plan depends on the ACS override patch; else nothing about it is read. */
export function wantsAcsOverride(spec: HostSpec | undefined): boolean {
  return hasOption(spec?.kernelOptions?.present ?? [], ACS_OVERRIDE);
}

/**
 * What shows whether a kernel reads `pcie_acs_override`.
 *
 * @param judged The release that the plan is about.
 */
export async function readAcsOverride(
  reader: Reader,
  { release, cmdline }: Running,
  spec: HostSpec | undefined,
  judged: Fact<string>,
): Promise<AcsOverrideFacts | undefined> {
  if (!wantsAcsOverride(spec)) return undefined;
  const isLive = cmdline.known && hasOption(splitLine(cmdline.value), ACS_OVERRIDE);
  const bootLog = isLive ? { bootLog: await readBootLog(reader) } : {};
  const runs = release.known ? release.value : undefined;
  const wanted = judged.known ? judged.value : undefined;
  if (wanted === undefined) return bootLog;
  const patch = await readAcsPatch(reader, wanted, wanted === runs ? bootLog : undefined);
  return { patch, ...bootLog };
}
