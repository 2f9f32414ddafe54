import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { download } from "./archive.ts";
import { CACHE } from "./base.ts";
import { tool } from "./tool.ts";

const UNSIGNED_GRUB = "usr/lib/grub/x86_64-efi/monolithic/grubx64.efi";
const SYSTEMD_BOOT = "usr/lib/systemd/boot/efi/systemd-bootx64.efi";

/** Debian release -> loader's package and its program: for GRUB the one that Debian signs. */
const PROGRAMS = {
  bookworm: {
    "systemd-boot": ["systemd-boot-efi", SYSTEMD_BOOT],
    grub: ["grub-efi-amd64-bin", UNSIGNED_GRUB],
  },
  trixie: {
    "systemd-boot": ["systemd-boot-efi", SYSTEMD_BOOT],
    grub: ["grub-efi-amd64-unsigned", UNSIGNED_GRUB],
  },
} as const;

export type Suite = keyof typeof PROGRAMS;
export type Loader = keyof (typeof PROGRAMS)[Suite];

/** A loader's program as a Debian release has it, from the archive that this machine's own packages come from. */
export function loaderProgram(loader: Loader, suite: Suite): Buffer {
  const [name, program] = PROGRAMS[suite][loader];
  const tree = join(CACHE, "loaders", suite, name);
  if (!existsSync(tree)) unpack(name, suite, tree);
  return readFileSync(join(tree, program));
}

function unpack(name: string, suite: Suite, tree: string): void {
  const scratch = `${tree}.scratch`;
  rmSync(scratch, { recursive: true, force: true });
  tool("dpkg-deb", "--extract", download(name, suite, scratch), `${tree}.unfinished`);
  renameSync(`${tree}.unfinished`, tree);
  rmSync(scratch, { recursive: true });
}
