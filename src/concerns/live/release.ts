import type { Finding } from "../../model/index.ts";
import type { LiveInput } from "./live.ts";
import { finding } from "./live.ts";

/** The kernel that runs, and whether it still does after the next boot. */
export function liveRelease({ spec, state, plan }: LiveInput): readonly Finding[] {
  const wanted = spec.kernel?.release;
  if (wanted === undefined) return [];
  const { release } = state.running;
  const address = "kernel.release";
  if (!release.known) return [finding(address, "unknown", release.why)];
  const next = plan.nextBoot.before;
  const starts = next.known && next.value.release.known ? next.value.release.value : undefined;
  if (release.value === wanted) {
    if (starts === undefined || starts === wanted)
      return [finding(address, "satisfied", `${wanted} is running`)];
    return [finding(address, "unsatisfied", `${wanted} is running, but the next boot would start ${starts}`)];
  }
  if (starts === wanted)
    return [finding(address, "pending", `${release.value} is running; ${wanted} boots next`)];
  const then = starts === undefined ? "" : `, and the next boot would start ${starts}`;
  return [finding(address, "unsatisfied", `${release.value} is running${then}`)];
}
