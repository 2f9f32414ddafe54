/**
 * A PE image (PE/COFF specification) that is nothing but its sections of text, as a unified kernel image has some: a
 * loader reads them, and the firmware refuses to start it.
 */
export function unifiedImage(sections: Readonly<Record<string, string>>): Buffer {
  const PE = 0x40;
  const OPTIONAL = PE + 24;
  const OPTIONAL_SIZE = 240;
  const TABLE = OPTIONAL + OPTIONAL_SIZE;
  const HEAD = 0x400;
  const head = Buffer.alloc(HEAD);
  head.write("MZ");
  head.writeUInt32LE(PE, 0x3c);
  head.write("PE\0\0", PE, "latin1");
  const bodies = Object.entries(sections).map(([name, text]) => ({ name, body: Buffer.from(text) }));
  head.writeUInt16LE(0x8664, PE + 4);
  head.writeUInt16LE(bodies.length, PE + 6);
  head.writeUInt16LE(OPTIONAL_SIZE, PE + 20);
  // PE32+
  head.writeUInt16LE(0x20b, OPTIONAL);
  let from = HEAD;
  bodies.forEach(({ name, body }, index) => {
    const at = TABLE + index * 40;
    head.write(name, at, 8, "latin1");
    head.writeUInt32LE(body.length, at + 8);
    head.writeUInt32LE(body.length, at + 16);
    head.writeUInt32LE(from, at + 20);
    from += body.length;
  });
  return Buffer.concat([head, ...bodies.map(({ body }) => body)]);
}
