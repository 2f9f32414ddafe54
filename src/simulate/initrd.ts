import { initrdPath } from "../platform/debian/layout.ts";
import { known } from "../facts/fact.ts";
import type { InitramfsGeneratorName } from "../model/index.ts";
import { afterHooks } from "./hooks.ts";
import type { World } from "./world.ts";
import { doubtful, fileAt, withFile } from "./world.ts";

/** One run of a generator for a release, with the hooks that it runs. */
export const AFTER_MAKING: Readonly<
  Record<InitramfsGeneratorName, (world: World, release: string, mark: string) => readonly World[]>
> = { "initramfs-tools": afterUpdateInitramfs };

/** One run of update-initramfs(8) for a release, and of the hooks in /etc/initramfs/post-update.d. */
function afterUpdateInitramfs(world: World, release: string, mark: string): readonly World[] {
  return made(world, initrdPath(release), mark).flatMap((one) => afterHooks(one, release, "initrd-made"));
}

/**
 * A file made anew: with other bytes, and where it was there perhaps with the same ones.
 *
 * @param mark Stands for the new bytes.
 */
export function made(world: World, path: string, mark: string): readonly World[] {
  const before = fileAt(world, path);
  if (!before.known) return [doubtful(world, before.why)];
  const size = before.value?.size ?? 0;
  const other = withFile(world, path, {
    size: Math.max(1, size),
    sha256: known(`~${path}, made by ${mark}`),
  });
  return size > 0 ? [world, other] : [other];
}
