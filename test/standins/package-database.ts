import type { RootFolder } from "./root-folder.ts";

const STATUS = "/var/lib/dpkg/status";

/** One stanza of dpkg's status file: fields in order, values with their continuation lines. */
export type Stanza = Map<string, string>;

export function readDatabase(root: RootFolder): Stanza[] {
  return parseStanzas(root.exists(STATUS) ? root.text(STATUS) : "");
}

export function writeDatabase(root: RootFolder, stanzas: readonly Stanza[]): void {
  root.replace(STATUS, stanzas.map(printStanza).join("\n"));
}

export function parseStanzas(text: string): Stanza[] {
  return text
    .split(/\n{2,}/)
    .filter((stanza) => stanza.trim() !== "")
    .map((stanza) => {
      const fields = stanza.trimEnd().matchAll(/^([^\s:]+):[ \t]*(.*(?:\n[ \t].*)*)/gm);
      return new Map([...fields].map(([, name = "", value = ""]) => [name, value]));
    });
}

/** want, error flag and state of the Status field. */
export function statusOf(stanza: Stanza): [want: string, flag: string, state: string] {
  const [want = "unknown", flag = "ok", state = "not-installed"] = stanza.get("Status")?.split(" ") ?? [];
  return [want, flag, state];
}

function printStanza(stanza: Stanza): string {
  return [...stanza].map(([field, value]) => `${field}: ${value}\n`).join("");
}
