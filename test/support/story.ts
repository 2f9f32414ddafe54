import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../src/host/host.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { HostState, Plan } from "../../src/model/index.ts";
import { applyPlan } from "../../src/apply/apply.ts";
import type { ApplyEvent, ApplyOutcome } from "../../src/apply/events.ts";
import type { CheckBoot } from "../../src/simulate/boot-watch.ts";
import { makePlan } from "../../src/plan/make.ts";
import type { Timing } from "../../src/apply/timing.ts";
import { readHistory } from "../../src/journal/history.ts";
import { makeUndo } from "../../src/undo/undo.ts";
import { readUndo } from "../../src/undo/facts.ts";
import { probe, probeDebs } from "../../src/plan/probe.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import type { StandInOptions } from "../standins/host.ts";
import { StandInHost } from "../standins/host.ts";
import { machineOf } from "../standins/machine.ts";
import { StandInTree } from "../standins/tree.ts";
import { applyOn } from "./apply-on.ts";
import { checkingBoot } from "./checking-boot.ts";
import { acsKernelDebs } from "./acs-kernel.ts";
import { materialise } from "./materialise.ts";
import { recordedHost, withoutDevices } from "./recorded-hosts.ts";

/**
 * The story of pop-x570 in a folder: a throw-away copy of the recorded host, its spec and its packages. Without
 * devices, and so without what the spec says of groups, it is ten times as quick: no apply touches either.
 */
export class Story {
  readonly root: string;
  readonly #folder: string;
  readonly #devices: boolean;
  #probed: HostState | undefined;

  /** @param spec The text of another spec, in place of the recorded one. */
  constructor({ devices, spec: text }: { readonly devices: boolean; readonly spec?: string }) {
    this.#devices = devices;
    const { capture, spec } = recordedHost("pop-x570");
    this.#folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-story-"));
    this.root = join(this.#folder, "root");
    materialise(devices ? capture : withoutDevices(capture), this.root);
    acsKernelDebs(join(this.#folder, "debs"));
    fs.copyFileSync(spec, join(this.#folder, "host.yaml"));
    if (text !== undefined) fs.writeFileSync(join(this.#folder, "host.yaml"), text);
  }

  remove(): void {
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  host(options?: StandInOptions): StandInHost {
    return new StandInHost(this.root, options);
  }

  async plan(host: Host = this.host()): Promise<Plan> {
    const path = join(this.#folder, "host.yaml");
    const { spec: whole, ...source } = parseSpec(path, fs.readFileSync(path));
    if (whole === undefined) throw new Error("the recorded spec is not valid");
    const { devices: _devices, iommuGroups: _iommuGroups, ...rest } = whole;
    const spec = this.#devices ? whole : rest;
    const workspace = new LinkReader(new StandInTree("/", machineOf("/")));
    const debs = await probeDebs(workspace, spec, path);
    const state = await probe(host.reader(), spec);
    this.#probed = state;
    return makePlan({ source: { ...source, spec }, state, debs, hostcfgVersion: "0.0.0" });
  }

  async apply(host: Host = this.host(), options: ApplyOptions = {}): Promise<ApplyOutcome> {
    const {
      plan = await this.plan(host),
      signal = new AbortController().signal,
      observe = () => undefined,
      evenIfBroken = false,
      timing,
      lockTimeoutSeconds,
      now = () => new Date(0),
    } = options;
    const { checkBoot = checkingBoot(host, () => this.#probed) } = options;
    return applyPlan({
      plan,
      host,
      replan: () => this.plan(host),
      checkBoot,
      evenIfBroken,
      observe,
      signal,
      now,
      ...(timing === undefined ? {} : { timing }),
      ...(lockTimeoutSeconds === undefined ? {} : { lockTimeoutSeconds }),
    });
  }
}

/** The plan that takes an apply back, as the command of that name makes it. */
export async function undoPlan(host: Host, id: string, packages = false): Promise<Plan> {
  const reader = host.reader();
  const history = await readHistory(reader);
  const entry = history.find((one) => one.id === id);
  if (entry === undefined) throw new Error(`there is no apply ${id}`);
  const facts = readUndo(reader, history, entry, await probe(reader));
  return makeUndo(facts, { hostcfgVersion: "0.0.0", packages });
}

export function undo(host: Host, id: string, packages = false): Promise<ApplyOutcome> {
  return applyOn(host, () => undoPlan(host, id, packages));
}

export interface ApplyOptions {
  readonly checkBoot?: CheckBoot;
  readonly plan?: Plan;
  readonly signal?: AbortSignal;
  readonly evenIfBroken?: boolean;
  readonly observe?: (event: ApplyEvent) => void;
  readonly timing?: Timing;
  readonly lockTimeoutSeconds?: number;
  readonly now?: () => Date;
}
