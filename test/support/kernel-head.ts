import { SETUP_BYTES } from "../../src/archive/kernel-image.ts";

/** As much of an image as says its release (boot.rst of Linux: "HdrS", and where the text stands); without one, it says none. */
export function kernelHead(release?: string): Buffer {
  const head = Buffer.alloc(SETUP_BYTES);
  head.writeUInt32LE(0x53726448, 0x202);
  if (release !== undefined) {
    head.writeUInt16LE(0x200, 0x20e);
    head.write(`${release} (builder@host) #1 SMP\0`, 0x400, "latin1");
  }
  return head;
}
