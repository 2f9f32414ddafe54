import { posix } from "node:path";
import { known } from "../../facts/fact.ts";
import type { Action, Diagnostic, HostState, LoaderEntry } from "../../model/index.ts";
import { choose, whyOpen } from "../bls/choice.ts";
import { isWhole } from "../bls/copies.ts";
import { ENTRIES } from "../bls/entries.ts";
import { ownKernel } from "../bls/entry-release.ts";
import { inMenuOrder } from "../bls/order.ts";
import { LAST_WAY_BACK, isWayBack } from "../bls/way-back-entry.ts";
import type { Instead, StandIn, UnnumberedStep } from "../loader.ts";
import { warning } from "../problem.ts";
import { imageToCome } from "../../platform/platforms.ts";
import { kernelsThatStay, replacedBy } from "../../platform/replaced.ts";
import { isByHand, usualFirst } from "./by-hand.ts";
import { writtenByHooks, adding, isAddedAs, keysOfAdded, releasesAdded } from "./kernel-install.ts";
import type { Host } from "./driven-host.ts";
import { usable } from "./driven-host.ts";
import { isHalfWritten } from "./half-written.ts";

/** kernel-install copies over what boots wherever it adds the release that boots next once more. */
export function standIn(state: HostState): StandIn | undefined {
  const { systemdBoot } = state.bootLoader;
  const host = usable(systemdBoot);
  if (systemdBoot === undefined || "problems" in host) return undefined;
  const { facts, setting, files, menu } = host;
  return {
    tool: "kernel-install",
    standInEntry: LAST_WAY_BACK,
    setting,
    entries: menu,
    files,
    copies: facts.copies ?? [],
    esp: facts.esp,
    home: facts.boot,
    chosen: chosenOf(host),
    writesInPlace: (action, entry) => {
      const release = releasesAdded(action, state.kernels).find((one) => isAddedAs(host, entry, one));
      return release === undefined ? undefined : { release };
    },
    overtakes: (action, entry) => overtakes(host, state, action, entry),
    instead: (action, entry) => instead(host, state, action, entry),
    // Also where it names no entry as long as that is half written.
    formerDefault: (note) => note?.former,
    withSetting: (changed) => ({
      ...state,
      bootLoader: { ...state.bootLoader, systemdBoot: { ...systemdBoot, loaderDefault: known(changed) } },
    }),
    unprotected: (steps) => unprotected(host, state, steps),
    runByItself: (release, serves) => adding("make", release, { serves, ...writtenByHooks(host, release) }),
    isHalfWritten: (release) => isHalfWritten(host, state.kernels, release),
  };
}

/**
 * A new kernel comes first as soon as the hooks have added it, also where its initrd could not be made. What a package holds
 * that cannot be told may be a kernel, too.
 */
function overtakes(
  host: Host,
  { identity, kernels }: HostState,
  action: Action,
  entry: LoaderEntry,
): boolean {
  if (action.does !== "install" || isByHand(host, kernels)) return false;
  const { menu, setting, token, facts } = host;
  return action.packages.some(({ kernel }) => {
    const release = imageToCome(kernel);
    if (release === undefined || menu.some((one) => isAddedAs(host, one, release))) return false;
    const id = `${token}-${release}`;
    const path = posix.join(facts.boot.mountPoint, ENTRIES, `${id}.conf`);
    const keys = keysOfAdded(menu, token, identity.os);
    const added = { id, path, version: release, ...keys, options: "", image: { path, size: 1 } };
    return choose([...menu, added], setting)?.entry.id !== entry.id;
  });
}

function instead(
  { entries, files }: Host,
  { kernels }: HostState,
  action: Action,
  entry: LoaderEntry,
): Instead | "none" | undefined {
  const own = ownKernel(entry, kernels);
  if (action.does !== "install" || !kernels.known || own === undefined) return undefined;
  const { packages } = action;
  if (!packages.some(({ kernel }) => replacedBy(kernels.value, kernel) === own)) return undefined;
  const staying = kernelsThatStay(kernels.value, packages);
  const others = inMenuOrder(entries).filter((one) => {
    const its = ownKernel(one, kernels);
    return its !== undefined && staying.includes(its) && isWhole(one);
  });
  const [other] = usualFirst(others, kernels, undefined);
  const text = files.find(({ path }) => path === other?.path)?.text;
  return other === undefined || text === undefined ? "none" : { entry: other, text };
}

/** What boots next, where a copy can be put in its place. */
export function chosenOf(host: Host): LoaderEntry | undefined {
  return whyUntold(host) === undefined ? host.choice?.entry : undefined;
}

function unprotected(
  host: Host,
  { kernels }: HostState,
  steps: readonly UnnumberedStep[],
): readonly Diagnostic[] {
  const why = whyUntold(host);
  if (why === undefined) return [];
  const added = steps.flatMap((step) => (step.kind === "exec" ? releasesAdded(step.action, kernels) : []));
  return [...new Set(added)]
    .filter((release) => mayBoot(host).some((entry) => isAddedAs(host, entry, release)))
    .map((release) => untold(release, why));
}

/** Why no copy can be put in the place of what boots next, if so. */
function whyUntold({ choice, entries, menu, setting, facts }: Host): string | undefined {
  if (entries.length === 0) return undefined;
  if (choice === undefined) return whyOpen(menu, setting);
  if (choice.once) return `the next boot starts ${choice.entry.id}: ${choice.by}`;
  if (isWayBack(choice.entry.id)) return undefined;
  const { id } = LAST_WAY_BACK;
  const path = posix.join(facts.boot.mountPoint, ENTRIES, `${id}.conf`);
  const then = choose(
    [...menu.filter((entry) => !isWayBack(entry.id)), { id, path, options: "", image: { path, size: 1 } }],
    setting,
  );
  return then?.entry.id === id ? `a copy beside it would become the default: ${then.by}` : undefined;
}

/** The entries one of which boots next, or after that. */
function mayBoot({ choice, entries, menu, setting }: Host): readonly LoaderEntry[] {
  if (choice === undefined) return entries;
  const then = choose(menu, { ...setting, oneShot: undefined });
  return [choice.entry, ...(then === undefined ? entries : [then.entry])];
}

function untold(release: string, why: string): Diagnostic {
  return warning(
    "way-back-unset",
    `no copy can boot while kernel-install overwrites the files of ${release}, because ${why}: if this plan is interrupted then, the host may not come up by itself`,
    "keep a live USB stick at hand while it is applied, or set a default first: sudo bootctl set-default ENTRY",
  );
}
