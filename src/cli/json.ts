/**
 * A document as `--json` prints it and saved plans hold it. Characters that a terminal would obey or hide are
 * written as JSON escapes: stdout may well be a terminal.
 */
export function jsonText(document: object): string {
  const escaped = JSON.stringify(document, null, 2).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" ? "\n" : unicodeEscapes(character),
  );
  return `${escaped}\n`;
}

function unicodeEscapes(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
    .join("");
}
