import { posix } from "node:path";
import { known } from "../../facts/fact.ts";
import type { Diagnostic, LoaderEntry } from "../../model/index.ts";
import { choose } from "../bls/choice.ts";
import { ENTRIES } from "../bls/entries.ts";
import type { StandIn, ProtectedHost } from "../protect.ts";
import { LAST_WAY_BACK, isWayBack } from "../bls/way-back-entry.ts";
import { problem } from "../problem.ts";
import { addedFolder, isAddedAs, releasesAdded } from "./kernel-install.ts";
import type { Host } from "./driven-host.ts";
import { usable } from "./driven-host.ts";
import { menu } from "./menu.ts";
import { nextBootOf } from "../menu.ts";

interface ProtectedSystemdBoot extends ProtectedHost {
  readonly host: Host;
}

/** kernel-install copies over what boots wherever it adds the release that boots next once more. */
export const standIn: StandIn<ProtectedSystemdBoot> = {
  hostOf: ({ state }) => {
    const host = usable(state.bootLoader.systemdBoot);
    if ("problems" in host) return undefined;
    const { facts, setting, files, menu } = host;
    return {
      host,
      tool: "kernel-install",
      wayBack: LAST_WAY_BACK,
      setting,
      entries: menu,
      files,
      copies: facts.copies ?? [],
      esp: facts.esp,
      home: facts.boot,
      chosen: whyUntold(host) === undefined ? host.choice?.entry : undefined,
    };
  },
  rewrites: ({ host }, entry, input, { steps }) => {
    const release = releasesAdded(input, steps).find((one) => isAddedAs(host, entry, one));
    return release === undefined ? undefined : { release };
  },
  staged: (_host, { state, wish }) => nextBootOf("systemd-boot", menu(state, wish.release)),
  // Also where it names no entry as long as that is half written.
  former: (_host, note) => note?.former,
  hooks: ({ host }, release, { hooksRun }) => {
    if (!hooksRun || release === undefined) return undefined;
    const entries = posix.join(host.facts.boot.mountPoint, ENTRIES);
    const own = host.entries.filter(
      ({ id, path }) => id === `${host.token}-${release}` && posix.dirname(path) === entries,
    );
    return { touches: own.map(({ path }) => path), flushes: [entries, addedFolder(host, release)] };
  },
  unprotected: ({ host }, input, alone) => {
    const why = whyUntold(host);
    const errors = alone.diagnostics.some(({ severity }) => severity === "error");
    const atRisk = releasesAdded(input, alone.steps).filter((release) =>
      mayBoot(host).some((entry) => isAddedAs(host, entry, release)),
    );
    return why === undefined || errors ? [] : atRisk.map((release) => untold(release, why));
  },
  seenWith: (input, { setting, files, freeBytes }) => {
    const { state } = input;
    const { systemdBoot } = state.bootLoader;
    if (systemdBoot === undefined) return input;
    const { boot } = systemdBoot;
    const seen = {
      ...systemdBoot,
      ...(setting === undefined ? {} : { loaderDefault: known(setting) }),
      ...(files === undefined ? {} : { files: known(files) }),
      ...(freeBytes === undefined ? {} : { boot: { ...boot, freeBytes } }),
    };
    return { ...input, state: { ...state, bootLoader: { ...state.bootLoader, systemdBoot: seen } } };
  },
};

/** Why no copy can be put in the place of what boots next, if so. */
function whyUntold({ choice, entries, menu, setting, facts }: Host): string | undefined {
  if (entries.length === 0) return undefined;
  if (choice === undefined) return "systemd-boot starts what it started last";
  if (choice.once) return `the next boot starts ${choice.entry.id}: ${choice.by}`;
  if (isWayBack(choice.entry.id)) return undefined;
  const { id } = LAST_WAY_BACK;
  const path = posix.join(facts.boot.mountPoint, ENTRIES, `${id}.conf`);
  const then = choose([...menu.filter((entry) => !isWayBack(entry.id)), { id, path, options: "" }], setting);
  return then?.entry.id === id ? `a copy beside it would become the default: ${then.by}` : undefined;
}

/** The entries one of which boots next, or after that. */
function mayBoot({ choice, entries, menu, setting }: Host): readonly LoaderEntry[] {
  if (choice === undefined) return entries;
  const { oneShot: _oneShot, ...lasting } = setting;
  const then = choose(menu, lasting);
  return [choice.entry, ...(then === undefined ? entries : [then.entry])];
}

function untold(release: string, why: string): Diagnostic {
  return {
    ...problem(
      "way-back-unset",
      `no copy can boot while kernel-install overwrites the files of ${release}, because ${why}: if this plan is interrupted then, the host may not come up by itself`,
      "keep a live USB stick at hand while it is applied, or set a default first: sudo bootctl set-default ENTRY",
    ),
    severity: "warning",
  };
}
