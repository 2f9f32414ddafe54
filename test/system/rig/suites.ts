import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { CACHE, OWN_SUITE, baseRoot } from "./base.ts";
import type { Initrds } from "./base.ts";
import { madeOnce } from "./made-once.ts";
import { makeStory } from "./story.ts";

/** The releases of Debian whose loaders and tools differ: GRUB 2.06 and systemd 252, then GRUB 2.12 and systemd 257. */
export const SUITES: readonly string[] = [...new Set([OWN_SUITE, "trixie"])];

/** For a hook that may have to build another release's root first. */
export const FIRST_BOOT_MS = 900_000;

/** The folder with the note's host's disks, with this release's programs; another than this machine's is made once a run. */
export async function storyOf(suite: string, initrds: Initrds = "initramfs-tools"): Promise<string> {
  const own = inject("folder");
  if (suite === OWN_SUITE && initrds === "initramfs-tools") return own;
  return madeOnce(join(own, `${suite}-${initrds}`), async (unfinished) => {
    mkdirSync(unfinished);
    await makeStory(await baseRoot(CACHE, suite, initrds), unfinished);
  });
}
