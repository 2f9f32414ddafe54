import { known } from "../facts/fact.ts";
import type { BootFile, DropAside, EspContent, PackageFact, PutAside } from "../model/index.ts";
import { refreshedByGrub, withPinSetting } from "../boot/proxmox/grub-esp.ts";
import type { ReadyEsp } from "../boot/proxmox/host.ts";
import { hostOf, loaderOfEsps, readyEsps, withChangedEsps } from "../boot/proxmox/host.ts";
import { keptReleases } from "../boot/proxmox/kept.ts";
import { withChoice } from "../boot/proxmox/once.ts";
import { withAside, withoutAside, withoutTrial } from "../boot/proxmox/put-aside.ts";
import { refreshed } from "../boot/proxmox/refresh.ts";
import { REFRESHED } from "../boot/proxmox/probe.ts";
import type { ForeseenState, HookEvent } from "./foreseen-state.ts";
import { withFile, withLoader, withTextFile } from "./foreseen-state.ts";

/** A run of `proxmox-boot-tool refresh`, which does nothing and ends well where its own hook may not be executed. */
export function afterRefresh(foreseen: ForeseenState): ForeseenState {
  const { proxmox } = foreseen.state.bootLoader;
  if (proxmox?.hooks.kernel !== true || readyEsps(proxmox).length === 0) return foreseen;
  const named = withAllDigests(foreseen);
  const { state } = named;
  const host = hostOf(state);
  if (!host.known || !state.kernels.known) return foreseen;
  const kept = keptReleases(state, host.value.files);
  if (!kept.known) return foreseen;
  const { value: kernels } = state.kernels;
  const ready = readyEsps(proxmox).map(({ uuid }) => uuid);
  const { files } = host.value;
  if (loaderOfEsps(proxmox) !== "grub")
    return withEsps(named, ready, ({ content }) => refreshed(content, host.value, kept.value, kernels));
  const after = withEsps(named, ready, (esp) => refreshedByGrub(esp, state, files, kept.value));
  return { ...after, state: withPinSetting(after.state, files) };
}

export function afterPutAside(foreseen: ForeseenState, action: PutAside): ForeseenState {
  return withEsps(foreseen, action.esps, ({ uuid, content }) => withAside(uuid, content, action));
}

/** The environment block of each of these ESPs, by grub-editenv. */
export function afterChoiceOnEsps(
  foreseen: ForeseenState,
  entry: string,
  uuids: readonly string[],
): ForeseenState {
  return withEsps(foreseen, uuids, ({ content }) => withChoice(content, entry));
}

export function afterDropAside(foreseen: ForeseenState, { esps, only }: DropAside): ForeseenState {
  const without = only === "trial" ? withoutTrial : withoutAside;
  return withEsps(foreseen, esps, ({ content }) => without(content));
}

function withEsps(
  foreseen: ForeseenState,
  uuids: readonly string[],
  change: (esp: ReadyEsp) => EspContent,
): ForeseenState {
  const { proxmox } = foreseen.state.bootLoader;
  return proxmox === undefined
    ? foreseen
    : withLoader(foreseen, { proxmox: withChangedEsps(proxmox, uuids, change) });
}

/** A copy has the bytes of what it was made from, whatever these are. */
function withAllDigests(foreseen: ForeseenState): ForeseenState {
  const { kernels } = foreseen.state;
  const files = kernels.known ? kernels.value.flatMap(({ image, initrd }) => [image, initrd]) : [];
  return files
    .filter((file): file is BootFile => file !== undefined && file.sha256 === undefined)
    .reduce(
      (named, { path, ...file }) => withFile(named, path, { ...file, sha256: known(`~bytes of ${path}`) }),
      foreseen,
    );
}

/**
 * After kernels or initrds of /boot changed: a hook of proxmox-boot-tool refreshes its ESPs. Without it they keep what
 * they have; where nobody can look into them, nothing shows any more that this is what /boot has.
 */
export function afterProxmoxHooks(
  foreseen: ForeseenState,
  release: string,
  event: HookEvent | "removed",
): readonly ForeseenState[] {
  const { proxmox } = foreseen.state.bootLoader;
  if (proxmox?.files.known !== true) return [foreseen];
  const listed = event === "initrd-made" ? foreseen : withPackage(foreseen, release, event);
  const runs = event === "initrd-made" ? proxmox.hooks.initrd : proxmox.hooks.kernel;
  if (runs) return event === "removed" ? [listed, afterRefresh(listed)] : [afterRefresh(listed)];
  const { refreshed: note } = proxmox.files.value;
  const [stale] = withTextFile(note === undefined ? [] : [note], REFRESHED, "");
  const files = known({ ...proxmox.files.value, ...(stale === undefined ? {} : { refreshed: stale }) });
  return [withLoader(listed, { proxmox: { ...proxmox, files } })];
}

/** dpkg's list, by which proxmox-boot-tool chooses what it keeps. */
function withPackage(
  foreseen: ForeseenState,
  release: string,
  event: "installed" | "removed",
): ForeseenState {
  const { packages } = foreseen.state;
  if (!packages.known || !release.endsWith("-pve")) return foreseen;
  const name = `proxmox-kernel-${release}`;
  const others = packages.value.filter((one) => one.name !== name && one.name !== `${name}-signed`);
  const its: PackageFact = {
    name,
    version: "",
    architecture: "all",
    state: "installed",
    held: false,
    broken: false,
  };
  const value = event === "installed" ? [...others, its] : others;
  return { ...foreseen, state: { ...foreseen.state, packages: known(value) } };
}
