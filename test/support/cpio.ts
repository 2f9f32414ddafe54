/** As `cpio -o -H newc` writes them (Documentation/driver-api/early-userspace/buffer-format.rst). */
export function cpio(files: Readonly<Record<string, string>>): Buffer {
  const member = (name: string, content: Buffer): Buffer => {
    const fields = [1, 0o100644, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
    const head = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}${name}\0`;
    return Buffer.concat([padded(Buffer.from(head)), padded(content)]);
  };
  const padded = (bytes: Buffer): Buffer =>
    Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  const members = Object.entries(files).map(([name, content]) => member(name, Buffer.from(content)));
  return Buffer.concat([...members, member("TRAILER!!!", Buffer.alloc(0))]);
}
