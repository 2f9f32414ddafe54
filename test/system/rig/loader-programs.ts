import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { osRelease } from "./requirements.ts";
import { tool } from "./tool.ts";

const CACHE = fileURLToPath(new URL("../../../.cache/system/loaders", import.meta.url));
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
  const tree = join(CACHE, suite, name);
  if (!existsSync(tree)) unpack(name, suite, tree);
  return readFileSync(join(tree, program));
}

/** With lists of its own, so that this machine's apt learns of no other release. */
function unpack(name: string, suite: Suite, tree: string): void {
  const apt = join(CACHE, suite, "apt");
  for (const folder of ["lists/partial", "cache/archives/partial", "debs"])
    mkdirSync(join(apt, folder), { recursive: true });
  writeFileSync(join(apt, "sources.list"), `deb ${archive()} ${suite} main\n`);
  const options = {
    "Dir::Etc::SourceList": join(apt, "sources.list"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::State::Lists": join(apt, "lists"),
    "Dir::Cache": join(apt, "cache"),
    "Acquire::Languages": "none",
    "APT::Sandbox::User": "root",
  };
  const flags = ["-qq", ...Object.entries(options).flatMap(([key, value]) => ["-o", `${key}=${value}`])];
  tool("apt-get", ...flags, "update");
  tool("sh", "-c", 'cd "$0" && apt-get "$@"', join(apt, "debs"), ...flags, "download", name);
  const deb = readdirSync(join(apt, "debs")).find((file) => file.startsWith(`${name}_`));
  if (deb === undefined) throw new Error(`apt-get has left no package of ${name}`);
  tool("dpkg-deb", "--extract", join(apt, "debs", deb), `${tree}.unfinished`);
  renameSync(`${tree}.unfinished`, tree);
  rmSync(apt, { recursive: true });
}

/** Where this machine's apt gets Debian itself from. */
function archive(): string {
  const format = ["--format", "$(SITE)", "Created-By: Packages", "Component: main"];
  const [site] = tool(
    "apt-get",
    "indextargets",
    ...format,
    `Codename: ${osRelease("VERSION_CODENAME") ?? ""}`,
  ).split("\n");
  if (site === undefined || site === "") throw new Error("apt has no source of Debian: run apt-get update");
  return site;
}
