import { posix } from "node:path";
import { known } from "../../facts/fact.ts";
import type { LoaderEntry } from "../../model/index.ts";
import { layoutOf } from "../../platform/platforms.ts";
import { choose } from "../bls/choice.ts";
import { ENTRIES, filesNamedBy } from "../bls/entries.ts";
import { inMenuOrder } from "../bls/order.ts";
import { isWayBack } from "../bls/way-back-entry.ts";
import type { LoaderInput } from "../loader.ts";
import { sizeOf } from "../space.ts";
import { addedFolder } from "./kernel-install.ts";
import { isByHand, usualFirst } from "./by-hand.ts";
import type { Host } from "./driven-host.ts";
import { releaseFact } from "./driven-host.ts";

/** The entry that shall boot next, as it is or as kernel-install will make it. */
export interface Target {
  readonly entry: LoaderEntry;
  readonly release: string | undefined;
  /** kernel-install has to add it, or to add it again. */
  readonly missing: boolean;
  /** Files of the same entry with another counter, which kernel-install leaves beside the one that it writes. */
  readonly former: readonly LoaderEntry[];
}

/** @param again A release that kernel-install has to add once more, whatever its entry is like now. */
export function targetOf(host: Host, { state, wish, kernels, rebuilt }: LoaderInput, again?: string): Target {
  const { choice, entries, setting } = host;
  if (wish.release === undefined) {
    if (again !== undefined) return addedOne(host, kernels, again);
    if (choice === undefined) throw new Error("there is no entry to change");
    const entry = isWayBack(choice.entry.id) ? choose(entries, setting)?.entry : choice.entry;
    if (entry === undefined) throw new Error("there is no entry to change but hostcfg's own");
    return { entry, release: undefined, missing: false, former: [] };
  }
  const { release } = wish;
  const added = addedOne(host, kernels, release);
  const ofRelease = inMenuOrder(entries).filter((entry) => {
    const its = releaseFact(entry, state.kernels, release);
    const isWhole = entry.image !== undefined && entry.initrd !== undefined;
    return (
      (its.known && its.value === release && isWhole) || namesKernel(host, entry, { state, kernels, release })
    );
  });
  // What kernel-install writes comes before what somebody wrote beside it: after its run, this has to find the same entry.
  const found =
    ofRelease.find(({ path }) => path === added.entry.path) ??
    usualFirst(ofRelease, state.kernels, choice?.entry)[0];
  // kernel-install copies the new initrd only with its own entry, which it then makes from the template. Where an entry
  // names /boot's own files, nothing is copied.
  const stale =
    rebuilt === release &&
    !isByHand(host, state.kernels) &&
    !kernels.some((one) => one.release === release && one.initrd?.path === found?.initrd?.path);
  if (found !== undefined && !stale && again !== release)
    return { entry: found, release, missing: false, former: [] };
  return added;
}

/** Whether the entry names a kernel's files by its package's name: also one that is to come, or whose initrd is still to be made. */
function namesKernel(
  { files, facts }: Host,
  { path }: LoaderEntry,
  { state, kernels, release }: Pick<LoaderInput, "state" | "kernels"> & { readonly release: string },
): boolean {
  const kernel = kernels.find((one) => one.release === release);
  const text = files.find((file) => file.path === path)?.text;
  if (kernel?.name === undefined || text === undefined) return false;
  const named = filesNamedBy(text, facts.boot.mountPoint);
  const layout = layoutOf({ ...state, kernels: known(kernels) });
  return named.image === layout.image(release) && named.initrd === layout.initrd(release);
}

/** As kernel-install will make it. */
function addedOne(host: Host, kernels: LoaderInput["kernels"], release: string): Target {
  const { entries, facts, token } = host;
  const { mountPoint } = facts.boot;
  const folder = addedFolder(host, release);
  const id = `${token}-${release}`;
  const counter = facts.tries === undefined ? "" : `+${facts.tries}`;
  const file = (name: string, part: "image" | "initrd"): { path: string; size: number } => ({
    path: posix.join(folder, name),
    size: sizeOf(kernels, release, part),
  });
  const path = posix.join(mountPoint, ENTRIES, `${id}${counter}.conf`);
  return {
    release,
    missing: true,
    former: entries.filter((one) => one.id === id && one.path !== path),
    entry: {
      id,
      path,
      ...(facts.tries === undefined ? {} : { tries: { left: facts.tries, done: 0 } }),
      options: "",
      image: file("linux", "image"),
      initrd: file(`initrd.img-${release}`, "initrd"),
    },
  };
}

/** Whether the entry is the default for good as the loader is set now, once it is there: also after a one-shot of it. */
export function isPinned({ entries, setting }: Host, { entry, former, missing }: Target): boolean {
  const left = entries.filter((one) => !former.includes(one) && !(missing && one.path === entry.path));
  const then = choose(missing ? [...left, entry] : left, { ...setting, oneShot: undefined });
  return then?.pinned === true && then.entry.path === entry.path;
}
