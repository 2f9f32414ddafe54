import type { Fact } from "../../model/index.ts";

/** One character of a value and where it stands; `to` is exclusive, both count UTF-16 code units. */
export interface Cell {
  readonly char: string;
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/** A variable's value, character by character, so that a part of it can be cut out of the file that it came from. */
export type ShellValue = Fact<readonly Cell[]>;

/** A word of a file that a shell sources. */
export interface ShellWord {
  /** Unknown where a part of it can only be had by running the file. */
  readonly value: ShellValue;
  /** As it stands in the file, for keywords and names. */
  readonly raw: string;
  /** Where it begins in the file. */
  readonly from: number;
  readonly line: number;
}

/** The text of a value. */
export function textOf(cells: readonly Cell[]): string {
  return cells.map(({ char }) => char).join("");
}
