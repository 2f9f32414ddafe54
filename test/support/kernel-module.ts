/**
 * The least that depmod(8) and modinfo(8) take for a kernel module: an ELF64 object of x86-64 with a `.modinfo`
 * section and an empty symbol table (elf(5)). No kernel could load it.
 */
export function kernelModule(name: string, release: string): Buffer {
  const modinfo = ["license=GPL", `name=${name}`, `vermagic=${release} SMP mod_unload `]
    .map((line) => `${line}\0`)
    .join("");
  return elfObject([
    { name: ".modinfo", type: PROGBITS, link: 0, entrySize: 0, content: Buffer.from(modinfo) },
    { name: ".symtab", type: SYMTAB, link: 3, entrySize: SYMBOL_SIZE, content: Buffer.alloc(SYMBOL_SIZE) },
    { name: ".strtab", type: STRTAB, link: 0, entrySize: 0, content: Buffer.alloc(1) },
  ]);
}

interface Section {
  readonly name: string;
  readonly type: number;
  /** Index of the section that this one refers to; the first of the list has 1. */
  readonly link: number;
  readonly entrySize: number;
  readonly content: Buffer;
}

const PROGBITS = 1;
const SYMTAB = 2;
const STRTAB = 3;
const HEADER_SIZE = 64;
const SYMBOL_SIZE = 24;

function elfObject(sections: readonly Section[]): Buffer {
  const names = ["", ...sections.map((section) => section.name), ".shstrtab"];
  const nameTable = Buffer.from(names.map((name) => `${name}\0`).join(""));
  const all: Section[] = [
    ...sections,
    { name: ".shstrtab", type: STRTAB, link: 0, entrySize: 0, content: nameTable },
  ];
  const bodies = all.map((section) => aligned(section.content));
  const headers = all.map((section, index) =>
    sectionHeader(
      section,
      nameTable.indexOf(`${section.name}\0`),
      HEADER_SIZE + lengthOf(bodies.slice(0, index)),
    ),
  );
  const headersAt = HEADER_SIZE + lengthOf(bodies);
  return Buffer.concat([
    fileHeader(headersAt, all.length + 1),
    ...bodies,
    Buffer.alloc(HEADER_SIZE),
    ...headers,
  ]);
}

function fileHeader(sectionHeadersAt: number, sectionCount: number): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  header.write("\x7fELF", 0, "latin1");
  header.set([2, 1, 1], 4); // 64 bits, little endian, version 1
  header.writeUInt16LE(1, 16); // a relocatable object
  header.writeUInt16LE(62, 18); // x86-64
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(sectionHeadersAt), 40);
  header.writeUInt16LE(HEADER_SIZE, 52);
  header.writeUInt16LE(HEADER_SIZE, 58);
  header.writeUInt16LE(sectionCount, 60);
  header.writeUInt16LE(sectionCount - 1, 62); // the names are in the last section
  return header;
}

function sectionHeader(section: Section, nameAt: number, contentAt: number): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt32LE(nameAt, 0);
  header.writeUInt32LE(section.type, 4);
  header.writeBigUInt64LE(BigInt(contentAt), 24);
  header.writeBigUInt64LE(BigInt(section.content.length), 32);
  header.writeUInt32LE(section.link, 40);
  header.writeUInt32LE(section.type === SYMTAB ? 1 : 0, 44);
  header.writeBigUInt64LE(1n, 48);
  header.writeBigUInt64LE(BigInt(section.entrySize), 56);
  return header;
}

/** Section headers are read as structures, so everything before them ends at a multiple of 8. */
function aligned(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc(-content.length & 7)]);
}

function lengthOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
