import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { madeOnce } from "./made-once.ts";
import { osRelease } from "./requirements.ts";
import { tool } from "./tool.ts";

/** What makes the initrds of a root. */
export type Initrds = "initramfs-tools" | "dracut";

/** What the tests need beyond minbase, which has dpkg, apt-mark and findmnt; kmod comes with what makes initrds. GRUB's hooks do nothing where there is no grub.cfg. */
const PACKAGES = [
  "strace",
  "grub-common",
  "grub2-common",
  // kernel-install is in the one, bootctl in the other.
  "systemd",
  "systemd-boot",
  "efibootmgr",
  // What Ansible asks of a host.
  "openssh-server",
  "python3",
  "python3-apt",
];

/** Documentation and translations are a fifth of the files and answer no question of a test. */
const LEFT_OUT = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*"];

/** Debian's hooks that run kernel-install; a host of another loader does not have them, and they complain there. */
export const KERNEL_INSTALL_HOOKS = "/usr/share/kernel-install-hooks";
/** From Debian 14 on those of kernels are where packages keep what is theirs. */
const HOOK_FILES =
  "etc/kernel/*/zz-systemd-boot usr/share/kernel/*/zz-systemd-boot etc/initramfs/post-update.d/systemd-boot";

/** Where a machine's setup mounts things (machine.sh). */
const FINISH = [
  `cd "$1" && mkdir .${KERNEL_INSTALL_HOOKS} && for hook in ${HOOK_FILES}; do [ ! -e $hook ] || { cp --parents $hook .${KERNEL_INSTALL_HOOKS} && rm $hook; }; done`,
  'mkdir "$1/boot/efi"',
  'touch "$1/usr/local/bin/node"',
];
const FINISH_FOR: Readonly<Record<Initrds, readonly string[]>> = {
  // No warning that zstd is missing.
  "initramfs-tools": ['echo COMPRESS=gzip >"$1/etc/initramfs-tools/conf.d/compress"'],
  // A third of the work of an image that has systemd inside; nothing here boots it.
  dracut: [`echo 'dracutmodules+=" base "' >"$1/etc/dracut.conf.d/rig.conf"`],
};

/** Where roots are kept between runs. */
export const CACHE = fileURLToPath(new URL("../../../.cache/system", import.meta.url));

/** The release of Debian that this machine has. */
export const OWN_SUITE = osRelease("VERSION_CODENAME") ?? "stable";

/**
 * A folder with a minimal Debian root, made by mmdebstrap from this machine's own apt sources. It is kept in
 * `cache` under a name made from its recipe, so only a new recipe or another release costs the time again.
 */
export async function baseRoot(
  cache: string,
  suite = OWN_SUITE,
  initrds: Initrds = "initramfs-tools",
): Promise<string> {
  const recipe = [
    "--quiet",
    "--mode=root",
    "--variant=minbase",
    `--include=${[initrds, ...PACKAGES].join(",")}`,
    ...LEFT_OUT.map((glob) => `--dpkgopt=path-exclude=${glob}`),
    // What is not released yet has lists that are valid for a week, and a mirror may be behind.
    ...(suite === "forky" ? ['--aptopt=Acquire::Check-Valid-Until "false"'] : []),
    ...[...FINISH, ...FINISH_FOR[initrds]].map((command) => `--customize-hook=${command}`),
    suite,
  ];
  const key = createHash("sha256").update(recipe.join("\0")).digest("hex").slice(0, 12);
  const kind = initrds === "initramfs-tools" ? `base-${suite}-` : `base-${initrds}-${suite}-`;
  const base = join(cache, `${kind}${key}`);
  return madeOnce(base, (unfinished) => {
    for (const old of readdirSync(cache)) {
      // In one that was left unfinished something may be mounted.
      if (old.startsWith(kind) && !old.includes(".unfinished")) rmSync(join(cache, old), { recursive: true });
    }
    console.error(
      `Building a Debian ${suite} root with ${initrds} by mmdebstrap (about a minute, kept in ${cache})`,
    );
    tool("mmdebstrap", ...recipe, unfinished, ...aptSources(cache, suite));
  });
}

/**
 * Files of sources.list(5): this machine's that are about Debian itself, for what third parties add is of no use. For
 * another release they say its name in the place of this one's: the same mirror has it.
 */
export function aptSources(cache: string, suite: string): readonly string[] {
  const used = sourcesOf(OWN_SUITE);
  if (suite === OWN_SUITE) return used;
  return used.map((path, index) => {
    const renamed = join(cache, `sources-${suite}-${index}${extname(path)}`);
    writeFileSync(renamed, readFileSync(path, "utf8").replaceAll(OWN_SUITE, suite));
    return renamed;
  });
}

function sourcesOf(suite: string): readonly string[] {
  const folder = "/etc/apt/sources.list.d";
  const files = [
    "/etc/apt/sources.list",
    ...readdirSync(folder)
      .sort()
      .map((name) => join(folder, name)),
  ];
  const used = files
    .filter((path) => /\.(?:list|sources)$/.test(path) && existsSync(path))
    .filter((path) => {
      const text = readFileSync(path, "utf8").replaceAll(/^\s*#.*$/gm, "");
      return new RegExp(`\\b${suite}\\b`).test(text) && /\bmain\b/.test(text);
    });
  if (used.length === 0) throw new Error(`no file in ${folder} has Debian ${suite}`);
  return used;
}
