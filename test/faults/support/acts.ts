import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../../src/host/host.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import type { DebFact, HostState, Plan } from "../../../src/model/index.ts";
import { applyPlan } from "../../../src/apply/apply.ts";
import type { ApplyOutcome } from "../../../src/apply/events.ts";
import { linksSetEarlier } from "../../../src/concerns/boot-symlinks.ts";
import { readEarlier } from "../../../src/journal/history.ts";
import { planLeave } from "../../../src/leave/make.ts";
import { makePlan } from "../../../src/plan/make.ts";
import { probe, probeDebs } from "../../../src/plan/probe.ts";
import { sha256Of } from "../../../src/sha256.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import { machineOf } from "../../standins/machine.ts";
import { StandInTree } from "../../standins/tree.ts";
import { checkingBoot } from "../../support/checking-boot.ts";
import { undo, undoPlan } from "../../support/story.ts";
import type { Told, Wish } from "./stories.ts";
import { withPackages } from "./stories.ts";

/** What is done to a host: an apply or an undo, which may be done again after a fault. */
export interface Act {
  readonly name: string;
  readonly plan: (host: Host) => Promise<Plan>;
  readonly run: (host: Host) => Promise<ApplyOutcome>;
  /** Takes back what this has begun, where nothing of it shall stay. */
  readonly takeBack?: (host: Host, id: string) => Promise<ApplyOutcome>;
  /** What comes of what is left where the host is rebooted and nobody does anything: all that does not hold, a clause each. */
  readonly leftAlone?: () => Promise<readonly string[]>;
}

/**
 * One after the other, each from where the one before ends.
 *
 * @param folder Where the packages of the specs are put.
 */
export async function actsOf({ first, second }: Told, folder: string): Promise<readonly Act[]> {
  withPackages(folder);
  return [
    await applying("first apply", first, folder),
    // The first may bring packages, which stay.
    {
      ...(second === undefined ? leaving() : await applying("second apply", second, folder)),
      takeBack: undo,
    },
    undoing("undo of the second", "0002"),
    undoing("undo of the first", "0001"),
  ];
}

/** As the command does it. */
function leaving(): Act {
  const spec: HostSpec = { apiVersion: "hostcfg/v1" };
  const text = "apiVersion: hostcfg/v1\n";
  const source = { path: "/", sha256: sha256Of(text), text, spec, diagnostics: [], locate: () => undefined };
  let state: HostState | undefined;
  const plan = async (host: Host): Promise<Plan> => {
    const reader = host.reader();
    const earlier = await readEarlier(reader);
    state = await probe(reader, { ...spec, bootSymlinks: linksSetEarlier(earlier) });
    return planLeave(reader, { source, state, debs: [], earlier, hostcfgVersion: "0.0.0" });
  };
  const run = async (host: Host): Promise<ApplyOutcome> =>
    applyPlan({
      plan: await plan(host),
      host,
      replan: () => plan(host),
      checkBoot: checkingBoot(host, () => state),
      observe: () => undefined,
      signal: new AbortController().signal,
      now: () => new Date(0),
    });
  return { name: "leave", plan, run };
}

async function applying(name: string, wish: Wish, folder: string): Promise<Act> {
  const spec: HostSpec = { apiVersion: "hostcfg/v1", ...wish };
  const path = join(folder, "host.yaml");
  const workspace = new LinkReader(new StandInTree("/", machineOf("/")));
  const debs: readonly DebFact[] = await probeDebs(workspace, spec, path);
  const sha256 = Buffer.from(name.padEnd(32)).toString("hex");
  let probed: HostState | undefined;
  const plan = async (host: Host): Promise<Plan> => {
    probed = await probe(host.reader(), spec);
    const source = { path, sha256, spec, diagnostics: [], locate: () => undefined };
    return makePlan({ source, state: probed, debs, hostcfgVersion: "0.0.0" });
  };
  const run = async (host: Host): Promise<ApplyOutcome> => {
    const { signal } = new AbortController();
    return applyPlan({
      plan: await plan(host),
      host,
      replan: () => plan(host),
      checkBoot: checkingBoot(host, () => probed),
      observe: () => undefined,
      signal,
      now: () => new Date(0),
    });
  };
  return { name, plan, run };
}

function undoing(name: string, id: string): Act {
  return { name, plan: (host) => undoPlan(host, id), run: (host) => undo(host, id) };
}

/** A folder of its own for as long as `work` takes: in memory where that is possible, for thousands of trees are made. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(join(isWritable(MEMORY) ? MEMORY : tmpdir(), "hostcfg-faults-"));
  try {
    return await work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const MEMORY = "/dev/shm";

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
