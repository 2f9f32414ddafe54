import type { Fact, HostState, KernelFact, ProxmoxFiles } from "../../model/index.ts";
import { unknown, known } from "../../facts/fact.ts";
import { compareVersions } from "../bls/order.ts";
import { inMenu } from "./host.ts";

/** The rest of the name of a kernel's package, or of the one that depends on the newest kernel of a series. */
const PACKAGE = /^(?:proxmox|pve)-kernel-(\d\S*?)(?:-signed)?$/;
const SERIES = /^\d+\.\d+$/;

/**
 * The kernels that proxmox-boot-tool keeps on its ESPs (proxmox-kernel-helper 8.1.0 to 9.2.0), by dpkg and not by /boot:
 * the two newest of its own packages, the newest of the series before, those that were added by hand, the pinned ones, and
 * the running one, if /boot has an image of its name in lower case. Every other kernel goes with the next refresh.
 */
export function keptReleases(
  { packages, running, kernels: ofBoot }: Pick<HostState, "packages" | "running" | "kernels">,
  { added, pin, nextBootPin }: ProxmoxFiles,
): Fact<readonly string[]> {
  if (!packages.known) return packages;
  if (!running.release.known) return unknown(running.release.why);
  if (!ofBoot.known) return ofBoot;
  const runs = running.release.value.toLowerCase();
  const hasImage = ofBoot.value.some(({ release, image }) => release === runs && image !== undefined);
  // It greps dpkg's list for those that are selected, there, and without an error.
  const names = packages.value.flatMap(({ name, state, leaving, broken }) => {
    const its = PACKAGE.exec(name)?.[1];
    const isThere = state !== "config-files" && state !== "not-installed";
    return its === undefined || !isThere || leaving === true || broken ? [] : [its];
  });
  const newest = [...new Set(names)].sort((a, b) => compareVersions(b, a));
  const kernels = newest.filter((name) => name.endsWith("-pve"));
  // Of one series alone, that one.
  const before = newest
    .filter((name) => SERIES.test(name))
    .slice(0, 2)
    .at(-1);
  const older = before === undefined ? undefined : kernels.find((name) => name.startsWith(`${before}.`));
  const pins = [pin, nextBootPin].filter((one) => one !== "");
  const kept = [hasImage ? runs : undefined, ...kernels.slice(0, 2), older, ...added, ...pins];
  return known([...new Set(kept.filter((one) => one !== undefined))].sort());
}

/** Of /boot's kernels those that a refresh copies, as the menu has them: the newest first. */
export function kernelsOnEsps(
  state: Pick<HostState, "packages" | "running" | "kernels">,
  files: ProxmoxFiles,
): Fact<readonly KernelFact[]> {
  const kept = keptReleases(state, files);
  if (!kept.known || !state.kernels.known) return kept.known ? state.kernels : kept;
  return known(inMenu(state.kernels.value).filter(({ release }) => kept.value.includes(release)));
}
