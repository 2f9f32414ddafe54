import { known, unknown } from "../../facts/fact.ts";
import type { BootFile, Fact, HostState, KernelFact, LoaderEntry } from "../../model/index.ts";

/**
 * The release that an entry's copies were made from: both its image and its initrd have the bytes of that release's
 * files in /boot. Several kernels may have equal files; then it is the preferred one, else the newest.
 */
export function releaseOf(
  entry: LoaderEntry,
  kernels: HostState["kernels"],
  preferred?: string,
): Fact<string> {
  if (entry.kind === "unified") return unknown(`${entry.path} is a unified image, with its kernel inside`);
  if (entry.program !== undefined) return unknown(`${entry.id} is no kernel of this system`);
  if (entry.image === undefined) return unknown(`the image that ${entry.id} names is not on the ESP`);
  if (entry.initrd === undefined) return unknown(`the initrd that ${entry.id} names is not on the ESP`);
  if (!kernels.known) return kernels;
  const { image, initrd } = entry;
  const { refused = unreadable([image, initrd]), twins, pairs } = indexOf(kernels.value);
  if (refused !== undefined) return unknown(refused);
  const whole = pairs.get(pairOf(image, initrd) ?? "");
  if (whole !== undefined)
    return known(preferred !== undefined && whole.has(preferred) ? preferred : firstOf(whole));
  const half = twins.get(digestOf(image) ?? "");
  return unknown(
    half === undefined
      ? `${image.path} matches no kernel in /boot`
      : `${initrd.path} is another initrd than ${half.initrd?.path ?? `that of ${half.release}`}`,
  );
}

/** The kernel of /boot whose image the entry names, not a copy of it. */
export function ownKernel(
  { image }: Pick<LoaderEntry, "image">,
  kernels: HostState["kernels"],
): KernelFact | undefined {
  return image === undefined || !kernels.known
    ? undefined
    : kernels.value.find((kernel) => kernel.image?.path === image.path);
}

/** Whether the image of an entry has the bytes of this release's in /boot. */
export function hasImageOf({ image }: LoaderEntry, kernels: HostState["kernels"], release: string): boolean {
  const digest = digestOf(image);
  return (
    digest !== undefined &&
    kernels.known &&
    kernels.value.some((kernel) => kernel.release === release && digestOf(kernel.image) === digest)
  );
}

/** Whether /boot holds the image of this release. */
export function hasImage(kernels: HostState["kernels"], release: string): boolean {
  return kernels.known && indexOf(kernels.value).images.has(release);
}

type Kernels = Extract<HostState["kernels"], { known: true }>["value"];

interface KernelIndex {
  readonly refused: string | undefined;
  /** The releases whose image is there. */
  readonly images: ReadonlySet<string>;
  /** The newest kernel by its image's digest. */
  readonly twins: ReadonlyMap<string, Kernels[number]>;
  /** Releases, the newest first, by the digests of image and initrd. */
  readonly pairs: ReadonlyMap<string, ReadonlySet<string>>;
}

const indexes = new WeakMap<Kernels, KernelIndex>();

/** Made once for the same kernels: each entry of a menu is looked up, and a host may keep hundreds of both. */
function indexOf(kernels: Kernels): KernelIndex {
  const before = indexes.get(kernels);
  if (before !== undefined) return before;
  const images = new Set<string>();
  const twins = new Map<string, Kernels[number]>();
  const pairs = new Map<string, Set<string>>();
  for (const kernel of kernels) {
    const { release, image, initrd } = kernel;
    if (image !== undefined) images.add(release);
    const digest = digestOf(image);
    if (digest !== undefined && !twins.has(digest)) twins.set(digest, kernel);
    const pair = pairOf(image, initrd);
    if (pair !== undefined) pairs.set(pair, (pairs.get(pair) ?? new Set()).add(release));
  }
  const refused = unreadable(kernels.flatMap(({ image, initrd }) => [image, initrd]));
  const index = { refused, images, twins, pairs };
  indexes.set(kernels, index);
  return index;
}

function pairOf(image: BootFile | undefined, initrd: BootFile | undefined): string | undefined {
  const [one, other] = [digestOf(image), digestOf(initrd)];
  return one === undefined || other === undefined ? undefined : `${one} ${other}`;
}

function firstOf(releases: ReadonlySet<string>): string {
  const [first = ""] = releases;
  return first;
}

/** Why the bytes of one of these files could not be compared, if so. */
function unreadable(files: readonly (BootFile | undefined)[]): string | undefined {
  return files.flatMap((file) => (file?.sha256?.known === false ? [file.sha256.why] : []))[0];
}

/** Of bytes that say something: empty files are equal to each other by chance. */
function digestOf(file: BootFile | undefined): string | undefined {
  return file?.sha256?.known === true && file.size > 0 ? file.sha256.value : undefined;
}
