/** The archive format ar(5), in the plain form that deb(5) uses: short names, times and owners 0. */

const AR_MAGIC = "!<arch>\n";
const AR_HEADER = 60;

export function ar(members: Readonly<Record<string, Buffer>>): Buffer {
  const parts = Object.entries(members).map(([name, content]) => {
    const fields: [string, number][] = [
      [name, 16],
      ["0", 12],
      ["0", 6],
      ["0", 6],
      ["100644", 8],
      [String(content.length), 10],
    ];
    const header = fields.map(([value, width]) => value.padEnd(width)).join("");
    return Buffer.concat([Buffer.from(`${header}\`\n`), content, Buffer.alloc(content.length % 2, "\n")]);
  });
  return Buffer.concat([Buffer.from(AR_MAGIC), ...parts]);
}

export function unAr(bytes: Buffer): Map<string, Buffer> {
  const members = new Map<string, Buffer>();
  for (let at = AR_MAGIC.length; at < bytes.length;) {
    const name = bytes.toString("latin1", at, at + 16).trimEnd();
    const size = Number(bytes.toString("latin1", at + 48, at + 58));
    members.set(name, bytes.subarray(at + AR_HEADER, at + AR_HEADER + size));
    at += AR_HEADER + size + (size % 2);
  }
  return members;
}
