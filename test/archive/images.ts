import { readFileSync } from "node:fs";

const FIXTURES = new URL("./fixtures/", import.meta.url);

/** A file that a real tool has made of `content`: see make.sh beside it. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(name, FIXTURES));
}

/** The compressed kernels by the names of their formats, made with the options that the kernel's build uses. */
export const PACKED = {
  gzip: fixture("content.gz"),
  xz: fixture("content.x86.xz"),
  zstd: fixture("content.zst"),
  lz4: fixture("content.lz4"),
  bzip2: fixture("content.bz2"),
} as const;

export const CONTENT = fixture("content");

/** What the kernel's build appends: the size of the content (size_append in linux/scripts/Makefile.lib). */
export function withSize(packed: Uint8Array, size = CONTENT.length): Buffer {
  const appended = Buffer.alloc(4);
  appended.writeUInt32LE(size);
  return Buffer.concat([packed, appended]);
}

/** A bzImage (linux/Documentation/arch/x86/boot.rst) of one set-up sector, some code, and the payload. */
export function bzImage(payload: Uint8Array, { length = payload.length, protocol = 0x020f } = {}): Buffer {
  const header = Buffer.alloc(2 * 512);
  const code = Buffer.alloc(96, 0xcc);
  header.write("MZ", 0, "latin1");
  header[0x1f1] = 1;
  header.write("HdrS", 0x202, "latin1");
  header.writeUInt16LE(protocol, 0x206);
  header.writeUInt32LE(code.length, 0x248);
  header.writeUInt32LE(length, 0x24c);
  return Buffer.concat([header, code, payload, Buffer.alloc(64)]);
}

/** An EFI zboot image (linux/drivers/firmware/efi/libstub/zboot-header.S). */
export function zboot(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(256);
  header.write("MZ\0\0zimg", 0, "latin1");
  header.writeUInt32LE(header.length, 8);
  header.writeUInt32LE(payload.length, 12);
  return Buffer.concat([header, payload]);
}
