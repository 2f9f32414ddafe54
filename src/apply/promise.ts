import { bootability } from "../boot/check.ts";
import { LOADERS } from "../boot/loaders.ts";
import { REFRESHED } from "../boot/proxmox/probe.ts";
import { ADDED_OPTIONS } from "../facts/added-options.ts";
import type { Host } from "../host/host.ts";
import { HostError } from "../host/reader.ts";
import { fingerprint, sameContent } from "../journal/fingerprint.ts";
import type { Journal } from "../journal/journal.ts";
import { fingerprintOf, readPreImages } from "../journal/pre-images.ts";
import { puttingBack } from "../journal/put-back.ts";
import type { Bootability, Fact, HostState, NextBoot, Plan, Step } from "../model/index.ts";
import { probe } from "../plan/probe.ts";
import type { CheckBoot } from "../simulate/boot-watch.ts";
import { errorsOf } from "../simulate/boot-watch.ts";
import { foresee, otherThanForeseen } from "../simulate/foresee.ts";
import { movesDefault } from "../simulate/prefixes.ts";
import { prefixStates } from "../simulate/step.ts";
import type { Failure, PathContext } from "./perform.ts";
import { makesMenu, replacePath, runProgram } from "./perform.ts";

interface Promised {
  readonly plan: Plan;
  readonly host: Host;
  readonly replan: () => Promise<Plan>;
  readonly checkBoot: CheckBoot;
  readonly journal: Journal;
  readonly lost: PathContext["lost"];
}

/**
 * Holds an apply to what its plan says of the next boot. What came is looked at before the default is moved to it, so
 * that another thing never becomes the default; and once more at the end. Where the default was moved by then, it goes
 * back to what it was before.
 */
export class KeptPromise {
  readonly #of: Promised;

  constructor(of: Promised) {
    this.#of = of;
  }

  /** Why this step must not run: with what is there now, it and the later ones would lead to another boot. */
  async wouldBeBrokenBy(step: Step, later: readonly Step[]): Promise<Failure | undefined> {
    if (!movesDefault(step)) return undefined;
    const other = await this.#otherAfter([step, ...later]);
    return other === undefined
      ? undefined
      : this.#said(
          `what was made for the next boot is not what was planned: ${other}; the default was not moved`,
        );
  }

  /** What a step broke that has a menu made, judged by where the later ones lead; the default is given back. */
  async brokenBy(later: readonly Step[]): Promise<Failure | undefined> {
    const other = await this.#otherAfter(later);
    return other === undefined ? undefined : this.#givingBack(other);
  }

  /** What came in the end, held against the promise; the default is given back. */
  async broken(came: Fact<NextBoot>): Promise<Failure | undefined> {
    const other = otherThanForeseen(this.#promise(), came);
    return other === undefined ? undefined : this.#givingBack(other, "every step succeeded, but ");
  }

  #promise(): Fact<NextBoot> {
    const { task, nextBoot } = this.#of.plan;
    return task === undefined ? nextBoot.after : { known: false, why: "no boot hangs on what a task writes" };
  }

  async #otherAfter(steps: readonly Step[]): Promise<string | undefined> {
    const promise = this.#promise();
    if (!promise.known) return undefined;
    const states = prefixStates(await probe(this.#of.host.reader()), steps).at(-1) ?? [];
    const preferred = promise.value.release.known ? promise.value.release.value : undefined;
    return otherThanForeseen(promise, foresee(states, this.#of.plan.host.bootLoader, preferred).nextBoot);
  }

  async #givingBack(other: string, before = ""): Promise<Failure> {
    const given = await this.#giveBack().catch((error: unknown) => {
      if (error instanceof HostError) return `the default could not be given back: ${error.message}`;
      throw error;
    });
    const what = `${before}the next boot is not the planned one: ${other}`;
    return this.#said(given === undefined ? what : `${what}; ${given}`);
  }

  async #said(what: string): Promise<Failure> {
    const boot = await this.#of.checkBoot(false);
    return { why: `${what}; ${safetyOf(boot)}`, ...(boot.verdict === "broken" ? { broken: true } : {}) };
  }

  /** What became of the default, one clause; undefined where it is as before the first step. */
  async #giveBack(): Promise<string | undefined> {
    const { plan, host, journal } = this.#of;
    const { steps, unkept } = stepsBack(plan, host, journal);
    if (unkept !== undefined) return `the default could not be given back: ${unkept} was not kept`;
    const [first] = steps;
    if (first === undefined) return undefined;
    if (wouldBreak(await probe(host.reader()), steps, plan))
      return "the default stays where it is: what it named before would not come up";
    journal.note({ event: "giving-back", paths: steps.flatMap(pathOf) });
    for (const step of steps) {
      const failure =
        step.kind === "exec"
          ? (await runProgram(step, host, `${journal.folder}/giving-back.log`)).failure
          : await replacePath(step, {
              host,
              commandsRan: false,
              replan: this.#of.replan,
              lost: this.#of.lost,
            });
      if (failure !== undefined) return `the default could not be given back: ${failure.why}`;
    }
    return "the default was given back to what it was before";
  }
}

/** The steps that put back what decided before, and the plan's own that make a menu from it. */
function stepsBack(
  { steps, host: { bootLoader } }: Plan,
  host: Host,
  journal: Journal,
): { readonly steps: readonly Step[]; readonly unkept?: string } {
  if (!bootLoader.known) return { steps: [] };
  const reader = host.reader();
  const moved = readPreImages(reader, journal.record)
    .images.filter(({ name }) => name === ADDED_OPTIONS || LOADERS[bootLoader.value].decides(name))
    // What comes back is hostcfg's again before it is there.
    .toSorted((a, b) => Number(b.path === ADDED_OPTIONS) - Number(a.path === ADDED_OPTIONS))
    .map((image) => ({ image, present: fingerprint(reader, image.path) }))
    .filter(({ image, present }) => !sameContent(present, fingerprintOf(image)));
  const drafts = moved.map(({ image, present }) => puttingBack(image, { present }));
  const unkept = moved.find((_one, at) => drafts[at] === undefined);
  if (unkept !== undefined) return { steps: [], unkept: unkept.image.path };
  const menu = moved.length === 0 ? undefined : steps.find((step) => step.kind === "exec" && makesMenu(step));
  const back = drafts.flatMap((draft, at) => (draft === undefined ? [] : [{ ...draft, id: at + 1 }]));
  // A note of what the menu was made from comes after it.
  const notes = back.filter((step) => pathOf(step).includes(REFRESHED));
  return {
    steps: [...back.filter((step) => !notes.includes(step)), ...(menu === undefined ? [] : [menu]), ...notes],
  };
}

function pathOf(step: Step): readonly string[] {
  return step.kind === "exec" ? step.touches : [step.path];
}

function wouldBreak(state: HostState, steps: readonly Step[], { host }: Plan): boolean {
  const boots = (prefixStates(state, steps).at(-1) ?? []).map((one) => bootability(one, host.bootLoader));
  return boots.length > 0 && boots.every(({ verdict }) => verdict === "broken");
}

/** Whether it is safe to reboot, one clause. */
function safetyOf(boot: Bootability): string {
  return doubtOf(boot) ?? `it is safe to reboot: ${nameOf(boot)} boots and is whole`;
}

/** Why it may not be safe to reboot, one clause; undefined where it is safe. */
export function doubtOf(boot: Bootability): string | undefined {
  const { verdict, entry } = boot;
  switch (verdict) {
    case "bootable":
      return undefined;
    case "broken":
      return `do not reboot: ${errorsOf(boot)
        .map(({ summary }) => summary)
        .join("; ")}`;
    case "unknown": {
      const open = entry.known ? entry.value.parts.find((part) => part.verdict === "unknown") : undefined;
      return `whether it is safe to reboot is unknown: ${open?.reason ?? (entry.known ? nameOf(boot) : entry.why)}`;
    }
  }
}

function nameOf({ entry }: Bootability): string {
  return entry.known ? entry.value.name : "what boots next";
}
