/** One word for sh(1), which is nothing but itself whatever it holds. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** The same as a person would type it: in quotes only where a shell would make something else of it. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : shellQuote(text);
}
