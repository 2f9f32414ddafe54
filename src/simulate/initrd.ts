import { layoutOf } from "../platform/platforms.ts";
import { known } from "../facts/fact.ts";
import type { InitramfsGeneratorName } from "../model/index.ts";
import { afterHooks } from "./hooks.ts";
import type { ForeseenState } from "./foreseen-state.ts";
import { doubtful, fileAt, withFile } from "./foreseen-state.ts";

/** One run of a generator for a release, with the hooks that it runs. */
export const AFTER_MAKING: Readonly<
  Record<
    InitramfsGeneratorName,
    (foreseen: ForeseenState, release: string, placeholder: string) => readonly ForeseenState[]
  >
> = {
  "initramfs-tools": afterUpdateInitramfs,
  dracut: afterDracut,
  // Hooks of its own are left out, and those of packages are none of a loader that hostcfg drives.
  mkinitcpio: (foreseen, release, placeholder) =>
    made(foreseen, layoutOf(foreseen.state).initrd(release), placeholder),
};

/** One run of update-initramfs(8) for a release, and of the hooks in /etc/initramfs/post-update.d. */
function afterUpdateInitramfs(
  foreseen: ForeseenState,
  release: string,
  placeholder: string,
): readonly ForeseenState[] {
  return made(foreseen, layoutOf(foreseen.state).initrd(release), placeholder).flatMap((one) =>
    afterHooks(one, release, "initrd-made"),
  );
}

/** One run of dracut(8) for a release. That of Debian 13 runs those hooks itself; before and after it only others do. */
function afterDracut(
  foreseen: ForeseenState,
  release: string,
  placeholder: string,
): readonly ForeseenState[] {
  return made(foreseen, layoutOf(foreseen.state).initrd(release), placeholder).flatMap((one) => [
    one,
    ...afterHooks(one, release, "initrd-made"),
  ]);
}

/**
 * A file made again: with other bytes, and where it was there perhaps with the same ones.
 *
 * @param placeholder Stands for the new bytes.
 */
export function made(foreseen: ForeseenState, path: string, placeholder: string): readonly ForeseenState[] {
  const before = fileAt(foreseen, path);
  if (!before.known) return [doubtful(foreseen, before.why)];
  const size = before.value?.size ?? 0;
  const other = withFile(foreseen, path, {
    size: Math.max(1, size),
    sha256: known(`~${path}, made by ${placeholder}`),
  });
  return size > 0 ? [foreseen, other] : [other];
}
