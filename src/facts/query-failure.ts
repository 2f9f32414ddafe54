import type { QueryAnswer } from "../host/reader.ts";
import type { Unknown } from "../model.ts";
import { unknown } from "./fact.ts";

/**
 * The fact that follows from a program that ran and failed: its own complaint, else its exit code. The programs
 * that hostcfg asks begin a complaint with their name, and may end it on a second line.
 */
export function queryFailure(program: string, answer: Extract<QueryAnswer, { ran: true }>): Unknown {
  const lines = answer.stderr.split("\n").map((line) => line.trim());
  const complaint = lines.filter((line) => line !== "").slice(-2);
  return unknown(
    complaint.length > 0 ? complaint.join(" ") : `${program} failed with exit code ${answer.exitCode}`,
  );
}
