import { posix } from "node:path";
import { linksSetEarlier } from "../concerns/boot-symlinks.ts";
import type { Plan } from "../model/index.ts";
import type { Observed } from "../plan/make.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import type { SpecSource } from "../plan/source.ts";
import type { Call } from "./command.ts";
import type { Opened } from "./io.ts";
import { rootOf } from "./target.ts";
import { VERSION } from "./version.ts";

/** What is declared, and what one new look at the host and at the packages that the spec names has shown. */
export async function observe({ io, engine }: Call, opened: Opened, source: SpecSource): Promise<Observed> {
  // A saved plan holds the path, and is applied from any folder.
  const path = posix.resolve(io.cwd, source.path);
  const earlier = await engine.readEarlier(opened.reader());
  const state = await engine.probe(opened.reader(), withLinks(source.spec, linksSetEarlier(earlier)));
  const debs = await engine.probeDebs(io.workspace, source.spec, path);
  const lock = await engine.readLock(io.workspace, path);
  return { source: { ...source, path }, state, debs, lock, earlier };
}

/** For the probe, which looks at the links that a spec names. */
function withLinks(spec: HostSpec, links: Readonly<Record<string, string>>): HostSpec {
  return Object.keys(links).length === 0
    ? spec
    : { ...spec, bootSymlinks: { ...links, ...spec.bootSymlinks } };
}

/** The same for a verification, which also asks how the host itself is. */
export async function observeHealth(call: Call, opened: Opened, source: SpecSource): Promise<Observed> {
  const observed = await observe(call, opened, source);
  const health = await call.engine.readHealth(opened.reader(), source.spec, observed.state);
  return { ...observed, ...(health === undefined ? {} : { health }) };
}

export async function planNow(call: Call, opened: Opened, source: SpecSource): Promise<Plan> {
  return planOf(call, await observe(call, opened, source));
}

export async function planOf(call: Call, observed: Observed): Promise<Plan> {
  const root = rootOf(call);
  const at = root === "/" ? {} : { root };
  return call.engine.makePlan({ ...observed, ...at, hostcfgVersion: VERSION });
}
