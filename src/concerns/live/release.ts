import { chooseLoader } from "../../boot/choose.ts";
import { LOADERS } from "../../boot/loaders.ts";
import type { Finding } from "../../model/index.ts";
import type { LiveInput } from "./live.ts";
import { finding } from "./live.ts";
import { nextRelease } from "../../boot/menu.ts";

/** The kernel that runs, and whether it still does after the next boot. */
export function liveRelease({ spec, state, plan }: LiveInput): readonly Finding[] {
  const wanted = spec.kernel?.release;
  if (wanted === undefined) return [];
  const { release } = state.running;
  const address = "kernel.release";
  if (!release.known) return [finding(address, "unknown", release.why)];
  const next = plan.nextBoot.before;
  const starts = nextRelease(next);
  const loader = chooseLoader(state.bootLoader, spec.bootLoader);
  const lost = starts === wanted || !loader.known ? undefined : LOADERS[loader.value].pinLost?.(state);
  const because = lost === undefined ? "" : `: ${lost}`;
  if (release.value === wanted) {
    if (starts === undefined && lost !== undefined)
      return [finding(address, "unsatisfied", `${wanted} is running, but may not boot next${because}`)];
    if (starts === undefined || starts === wanted)
      return [finding(address, "satisfied", `${wanted} is running`)];
    const other = `${wanted} is running, but the next boot would start ${starts}${because}`;
    return [finding(address, "unsatisfied", other)];
  }
  if (starts === wanted)
    return [finding(address, "pending", `${release.value} is running; ${wanted} boots next`)];
  const then = starts === undefined ? "" : `, and the next boot would start ${starts}`;
  return [finding(address, "unsatisfied", `${release.value} is running${then}${because}`)];
}
