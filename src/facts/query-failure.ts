import type { QueryAnswer, Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import type { Fact, Unknown } from "../model/index.ts";
import { unknown } from "./fact.ts";

/**
 * Asks a program and makes a fact of its answer. One that was killed or took too long (HostError `EQUERY`) leaves
 * the fact unknown with that reason: no other source is then as good, for the program is there and a tool that
 * asks it later may get another answer.
 *
 * @param toFact Also gets the answer that the program could not be run, for which another source may do.
 */
export async function askForFact<T>(
  reader: Reader,
  argv: readonly string[],
  toFact: (answer: QueryAnswer) => Fact<T>,
): Promise<Fact<T>> {
  try {
    return toFact(await reader.query(argv));
  } catch (error) {
    if (error instanceof HostError && error.code === "EQUERY") return unknown(error.message);
    throw error;
  }
}

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
