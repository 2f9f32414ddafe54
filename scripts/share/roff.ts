/** Text as man(7) takes it. */
export function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/gm, "\\&");
}

/** An argument of a macro. */
export function quoted(text: string): string {
  return `"${roff(text).replaceAll('"', "\\(dq")}"`;
}

/** Paragraphs with blank lines between them; their own line ends are for a terminal and mean nothing. */
export function paragraphs(text: string): readonly string[] {
  return text.split("\n\n").flatMap((paragraph) => [".PP", roff(paragraph.replaceAll(/\s*\n\s*/g, " "))]);
}

export function tagged(term: string, meaning: string): readonly string[] {
  return [".TP", `.B ${quoted(term)}`, roff(meaning)];
}

export function page(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
