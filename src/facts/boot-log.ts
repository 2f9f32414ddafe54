import { splitLine } from "../cmdline.ts";
import { BOOT_LOG_QUERIES } from "../host/queries.ts";
import type { Reader } from "../host/reader.ts";
import type { BootLog, Fact } from "../model/index.ts";
import { known, unknown } from "./fact.ts";
import { askForFact, queryFailure } from "./query-failure.ts";

/** The lines that are read: the kernel's first one, and what it says of options. */
const BEGINNING = /\bLinux version /;
const ENABLED = /\bPCIe ACS overrides enabled\b/;
const UNKNOWN = /\bUnknown kernel command line parameters "(.*)", will be passed to user space/;

/** Reads this boot's kernel log, which many hosts show to root only. */
export async function readBootLog(reader: Reader): Promise<Fact<BootLog>> {
  const reasons: string[] = [];
  for (const argv of BOOT_LOG_QUERIES) {
    const fact = await askForFact(reader, argv, (answer) => {
      if (!answer.ran) return unknown(answer.why);
      return answer.exitCode === 0 ? parseBootLog(answer.stdout) : queryFailure(argv[0], answer);
    });
    if (fact.known) return fact;
    reasons.push(fact.why);
  }
  return unknown(`the boot log cannot be read: ${reasons.join("; ")}`);
}

/**
 * What the kernel said of its options, in init/main.c and in the ACS override patch. The ring buffer drops its oldest
 * lines, and these are among the first, so a log without its beginning says something only where a line is still there.
 *
 * @param text As dmesg or journalctl prints it, with or without times.
 */
export function parseBootLog(text: string): Fact<BootLog> {
  const lines = text.split("\n");
  const log: BootLog = {
    overridesEnabled: lines.some((line) => ENABLED.test(line)),
    unknownParameters: lines.flatMap((line) => splitLine(UNKNOWN.exec(line)?.[1] ?? "")),
  };
  const says = log.overridesEnabled || log.unknownParameters.length > 0;
  return says || lines.some((line) => BEGINNING.test(line))
    ? known(log)
    : unknown("the log no longer holds the beginning of this boot");
}

/** All of a log that {@link parseBootLog} reads: the rest is nobody's business but the host's. */
export function trimBootLog(text: string): string {
  const kept = text
    .split("\n")
    .filter((line) => [BEGINNING, ENABLED, UNKNOWN].some((pattern) => pattern.test(line)));
  return kept.map((line) => `${line}\n`).join("");
}
