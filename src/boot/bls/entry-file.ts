/** The text of an entry or of loader.conf with one key changed; every other line stays as it is. */

/** With this option line in place of all that it had. */
export function withOptions(text: string, options: string): string {
  return withKey(text, "options", options);
}

/** loader.conf with this default. */
export function withDefault(text: string, pattern: string): string {
  return withKey(text, "default", pattern);
}

function withKey(text: string, key: string, value: string): string {
  const lines = text.split("\n");
  const isKey = (line: string): boolean => new RegExp(`^\\s*${key}(\\s|$)`).test(line);
  const first = lines.findIndex(isKey);
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
      return isKey(line) ? [] : [line];
    })
    .join("\n");
}
