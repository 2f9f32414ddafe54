/**
 * Reads deb822(5) text: the form of dpkg's database and of a package's control file.
 *
 * @returns One map a stanza, from field names in lower case (they are case-insensitive) to values. A value of
 * several lines keeps its line breaks but not the blank that marks each further line. A line that is neither a
 * field nor the continuation of one is left out with its own continuations.
 */
export function parseControl(text: string): ReadonlyMap<string, string>[] {
  const stanzas: Map<string, string>[] = [];
  let stanza: Map<string, string> | undefined;
  let field: string | undefined;
  for (const line of text.split("\n")) {
    if (line.trim() === "") {
      stanza = undefined;
      field = undefined;
    } else if (line.startsWith(" ") || line.startsWith("\t")) {
      if (stanza === undefined || field === undefined) continue;
      stanza.set(field, `${stanza.get(field) ?? ""}\n${line.slice(1).trimEnd()}`);
    } else if (!line.startsWith("#")) {
      const [, name, value] = /^([^:\s]+)\s*:(.*)$/s.exec(line) ?? [];
      field = name?.toLowerCase();
      if (field === undefined || value === undefined) continue;
      if (stanza === undefined) stanzas.push((stanza = new Map<string, string>()));
      stanza.set(field, value.trim());
    }
  }
  return stanzas;
}
