import fs from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { chooseLoader } from "../../../src/boot/choose.ts";
import { bootability, bootsNext } from "../../../src/boot/check.ts";
import type { BootVerdict, HostState, Plan, Step } from "../../../src/model/index.ts";
import { probe } from "../../../src/plan/probe.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import { parseSpec } from "../../../src/spec/parse.ts";
import { prefixStates } from "../../../src/simulate/step.ts";
import { actsOf, inFolder } from "./acts.ts";
import type { Told } from "./stories.ts";
import { GRUB, KERNELSTUB, KERNEL_INSTALL, PROXMOX, SYSTEMD_BOOT, VFIO } from "./stories.ts";
import { StandInHost } from "../../standins/host.ts";
import { materialise } from "../../support/materialise.ts";
import { perform } from "../../support/perform.ts";
import type { RecordedHost } from "../../support/recorded-hosts.ts";
import { withoutDevices } from "../../support/recorded-hosts.ts";

/** Two applies of the fault rig for each loader. */
export const STORIES: readonly Told[] = [
  ...KERNELSTUB,
  ...VFIO,
  ...GRUB,
  ...KERNEL_INSTALL,
  ...SYSTEMD_BOOT,
  ...PROXMOX,
];

/** A recorded host with its own spec, without the devices that no step is about. */
export function recordedJourney({ name, spec: path, capture }: RecordedHost): Told {
  const { spec } = parseSpec(path, fs.readFileSync(path));
  if (spec === undefined) throw new Error(`${path} is not valid`);
  const { devices: _devices, iommuGroups: _iommuGroups, apiVersion: _apiVersion, ...first } = spec;
  const make = (root: string): void => {
    materialise(withoutDevices(capture), root);
  };
  return { name, first, second: {}, make };
}

/** A plan with the host that it was made for: a folder that may be copied, and is not to be changed. */
export interface Stop {
  readonly name: string;
  readonly root: string;
  readonly plan: Plan;
}

/** Goes through the two applies of a journey and the two undos, and shows each plan before it is carried out. */
export function travel(told: Told, visit: (stop: Stop) => Promise<void>): Promise<number> {
  return inFolder(async (folder) => {
    const root = join(folder, "root");
    told.make(root);
    const host = new StandInHost(root);
    let stops = 0;
    for (const act of await actsOf(told, folder)) {
      const plan = await act.plan(host);
      await visit({ name: `${told.name}, ${act.name}`, root, plan });
      stops++;
      const outcome = await act.run(host);
      if (outcome.status !== "applied")
        throw new Error(`${told.name}, ${act.name}: ${JSON.stringify(outcome)}`);
    }
    return stops;
  });
}

/** Shows the plan of the first apply only; there may be none that could be carried out. */
export function firstStop(told: Told, visit: (stop: Stop) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    const root = join(folder, "root");
    told.make(root);
    const [act] = await actsOf(told, folder);
    const plan = await act?.plan(new StandInHost(root));
    if (plan?.applyable === true) await visit({ name: told.name, root, plan });
  });
}

/** The same host in a folder of its own, for as long as `work` takes. */
export async function onCopy<T>({ root }: Stop, work: (host: StandInHost) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    const copy = join(folder, "root");
    fs.cpSync(root, copy, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    return work(new StandInHost(copy));
  });
}

export function look(host: StandInHost, { plan }: Stop): Promise<HostState> {
  return plan.undoes === undefined
    ? probe(host.reader(), plan.spec.document as HostSpec)
    : probe(host.reader());
}

/** What a state says of the next boot, as far as a prefix is judged by it. */
export interface Boot {
  readonly verdict: BootVerdict;
  /** The entry, its release, kernel, initrd and options, and the release to go back to, as one text. */
  readonly what: string;
}

export function bootOf(state: HostState, { plan }: Stop): Boot {
  const { bootLoader } = plan.spec.document as HostSpec;
  const loader = chooseLoader(state.bootLoader, plan.undoes === undefined ? bootLoader : undefined);
  const { verdict, entry } = bootability(state, loader);
  const before = bootsNext(state, loader);
  const next = before.known ? before.value : undefined;
  const told = (fact: { readonly known: boolean; readonly value?: unknown } | undefined): unknown =>
    fact?.known === true ? fact.value : "unknown";
  const what = JSON.stringify([
    entry.known ? entry.value.name : "unknown",
    told(next?.release),
    next?.kernel,
    next?.initrd,
    next?.options,
    // What is beside an entry that cannot be told is nothing to go by.
    next?.release.known === true ? told(next.fallback) : "unknown",
  ]);
  return { verdict, what };
}

/** How well it was foreseen, over all prefixes that were looked at. */
export interface Count {
  prefixes: number;
  /** Foreseen as what came, and in one way only. */
  told: number;
  /** Those of which a probe knows whether the host comes up. */
  known: number;
  /** Those of them that are {@link told}. */
  judged: number;
  broken: number;
  foreseenBroken: number;
}

export function nothingYet(): Count {
  return { prefixes: 0, told: 0, known: 0, judged: 0, broken: 0, foreseenBroken: 0 };
}

/**
 * Carries steps out on a copy of the host, as far as they can be, and compares what a probe finds after each with what was
 * foreseen of it: where all that was foreseen is known, one of the ways is what came; and what came to be broken was not
 * foreseen as bootable.
 */
export async function compare(stop: Stop, steps: readonly Step[], count: Count): Promise<void> {
  await onCopy(stop, async (host) => {
    const foreseen = prefixStates(await look(host, stop), steps);
    for (const [at, states] of foreseen.entries()) {
      const step = steps[at - 1];
      if (step !== undefined && !(await perform(step, host))) return;
      const truth = bootOf(await look(host, stop), stop);
      const ways = states.map((state) => bootOf(state, stop));
      const where = `${stop.name}, ${step === undefined ? "at first" : `after ${step.id}, ${step.title}`}`;
      if (ways.every(({ verdict }) => verdict !== "unknown"))
        expect([where, ways]).toEqual([where, expect.arrayContaining([truth])]);
      if (truth.verdict === "broken")
        expect([where, ways.every(({ verdict }) => verdict === "bootable")]).toEqual([where, false]);
      const told = ways.every(({ verdict, what }) => verdict === truth.verdict && what === truth.what);
      count.prefixes++;
      count.told += told ? 1 : 0;
      count.known += truth.verdict === "unknown" ? 0 : 1;
      count.judged += told && truth.verdict !== "unknown" ? 1 : 0;
      count.broken += truth.verdict === "broken" ? 1 : 0;
      count.foreseenBroken += truth.verdict === "broken" && told ? 1 : 0;
    }
  });
}
