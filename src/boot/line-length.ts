import { MOST_LINE_BYTES } from "../cmdline.ts";
import type { Diagnostic } from "../model/index.ts";
import { problem } from "./problem.ts";

/** @param line All that the kernel gets, with what the loader puts on it. */
export function lineTooLong(line: string): Diagnostic[] {
  const bytes = Buffer.byteLength(line);
  if (bytes <= MOST_LINE_BYTES) return [];
  return [
    problem(
      "option-line-too-long",
      `the option line would have ${bytes} bytes; an x86 kernel reads at most ${MOST_LINE_BYTES} and drops the rest`,
      "remove options, or declare some absent",
    ),
  ];
}

/** The line of a Boot Loader Specification entry: systemd-boot puts the initrd in front of it. */
export function efiLine(initrd: string, options: string): string {
  return `initrd=${initrd} ${options}`;
}
