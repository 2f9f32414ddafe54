import { known, unknown } from "../../facts/fact.ts";
import type { BootFile, Fact, HostState, LoaderEntry } from "../../model/index.ts";

/**
 * The release that an entry's copies were made from: both its image and its initrd have the bytes of that release's
 * files in /boot. Several kernels may have equal files; then it is the preferred one, else the newest.
 */
export function releaseOf(
  entry: LoaderEntry,
  kernels: HostState["kernels"],
  preferred?: string,
): Fact<string> {
  if (entry.image === undefined) return unknown(`the image that ${entry.id} names is not on the ESP`);
  if (entry.initrd === undefined) return unknown(`the initrd that ${entry.id} names is not on the ESP`);
  if (!kernels.known) return kernels;
  const { image, initrd } = entry;
  const refused = unreadable([
    image,
    initrd,
    ...kernels.value.flatMap((kernel) => [kernel.image, kernel.initrd]),
  ]);
  if (refused !== undefined) return unknown(refused);
  const twins = kernels.value.filter((kernel) => sameBytes(kernel.image, image));
  const whole = twins.filter((kernel) => sameBytes(kernel.initrd, initrd));
  const chosen = whole.find(({ release }) => release === preferred) ?? whole[0];
  if (chosen !== undefined) return known(chosen.release);
  const [half] = twins;
  return unknown(
    half === undefined
      ? `${image.path} matches no kernel in /boot`
      : `${initrd.path} is another initrd than ${half.initrd?.path ?? `that of ${half.release}`}`,
  );
}

/** Why the bytes of one of these files could not be compared, if so. */
function unreadable(files: readonly (BootFile | undefined)[]): string | undefined {
  return files.flatMap((file) => (file?.sha256?.known === false ? [file.sha256.why] : []))[0];
}

function sameBytes(a: BootFile | undefined, b: BootFile | undefined): boolean {
  return (
    a?.sha256?.known === true && b?.sha256?.known === true && a.size > 0 && a.sha256.value === b.sha256.value
  );
}
