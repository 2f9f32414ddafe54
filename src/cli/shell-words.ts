/** argv as a person would type it in a shell. For reading only: hostcfg never hands a string to a shell. */
export function shellWords(argv: readonly string[]): string {
  return argv.map(shellWord).join(" ");
}

const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

function shellWord(word: string): string {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
