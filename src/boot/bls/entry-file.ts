/** The text of an entry or of loader.conf with one key changed; every other line stays as it is. */

/** With this option line in place of all that it had. */
export function withOptions(text: string, options: string): string {
  return withKey(text, "options", options);
}

/** loader.conf with this default. */
export function withDefault(text: string, pattern: string): string {
  return withKey(text, "default", pattern);
}

/** loader.conf with this default for a while: where it had none, {@link withoutDefault} gives back its very bytes. */
export function withPassingDefault(text: string, pattern: string): string {
  return text.split("\n").some((line) => isKey(line, "default"))
    ? withDefault(text, pattern)
    : `default ${pattern}\n${text}`;
}

export function withoutDefault(text: string): string {
  return text
    .split("\n")
    .filter((line) => !isKey(line, "default"))
    .join("\n");
}

function isKey(line: string, key: string): boolean {
  return new RegExp(`^\\s*${key}(\\s|$)`).test(line);
}

function withKey(text: string, key: string, value: string): string {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => isKey(line, key));
  const written = `${key} ${value}`;
  if (first === -1) {
    const body = text === "" || text.endsWith("\n") ? text : `${text}\n`;
    return `${body}${written}\n`;
  }
  // As wide as it was: kernel-install and bootctl line their values up.
  const lead = /^\s*\S+\s+/.exec(lines[first] ?? "")?.[0] ?? `${key} `;
  return lines
    .flatMap((line, at) => {
      if (at === first) return [lead + value];
      return isKey(line, key) ? [] : [line];
    })
    .join("\n");
}
