import { shellWord } from "../shell-quote.ts";

/** argv as a person would type it in a shell. For reading only: hostcfg never hands a string to a shell. */
export function shellWords(argv: readonly string[]): string {
  return argv.map(shellWord).join(" ");
}
