import { posix } from "node:path";
import { parseEntry } from "../../src/boot/bls/entry-text.ts";
import type { Host } from "../../src/host/host.ts";

/** What must hold at every moment: links that resolve to whole files, an entry that names whole files. */
export function brokenBoot(host: Host): string[] {
  const reader = host.reader();
  const chosen = /^default (.+?)\*?$/m.exec(reader.readText("/boot/efi/loader/loader.conf") ?? "")?.[1] ?? "";
  const entry = parseEntry(reader.readText(`/boot/efi/loader/entries/${chosen}.conf`) ?? "");
  const named = [entry.linux ?? "none", ...entry.initrds].map((path) => posix.join("/boot/efi", path));
  return ["/boot/vmlinuz", "/boot/initrd.img", ...named].filter(
    (path) => (reader.stat(path)?.size ?? 0) === 0,
  );
}
