import { describe, expect, it } from "vitest";
import { markOf, unmarked } from "../../src/cmdline.ts";
import type { Host } from "../../src/host/host.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { readHistory, trialNow } from "../../src/journal/history.ts";
import { openTrial } from "../../src/journal/trial.ts";
import type { NextBoot, Plan } from "../../src/model/index.ts";
import { applyOn } from "../support/apply-on.ts";
import { undo, undoPlan } from "../support/story.ts";
import { MACHINES, MORE_MACHINES, Machine, applied, until } from "../trial/machine.ts";
import type { Act } from "./support/acts.ts";
import { inFolder } from "./support/acts.ts";
import { ALL, Rig } from "./support/rig.ts";
import type { Row } from "./support/table.ts";
import { report, rowOf } from "./support/tell-stories.ts";
import { imageOf, restore } from "./support/tree-image.ts";

/** In a folder of its own for each number of steps, until all of them were done. */
async function inTurn(work: (folder: string, steps: number) => Promise<boolean>): Promise<void> {
  let steps = 1;
  while (!(await inFolder((folder) => work(folder, steps)))) steps += 1;
}

describe.each(MORE_MACHINES)("a trial on %s with %j", (name, spec) => {
  it("that ends after any step goes on by the same try, and is taken back to the byte", async () => {
    await inTurn(async (folder, steps) => {
      const machine = new Machine(folder, name, spec);
      const image = machine.image();
      if (await until(machine, () => machine.trialPlan(), steps)) return true;
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      await machine.reboot();
      expect((await undo(machine.host, (await machine.newest()).id)).status).toBe("applied");
      expect(machine.image()).toBe(image);
      return false;
    });
  });
});

/** Of so many cuts and failures one is tried, unless all are; Proxmox has several times the calls, for two ESPs. */
function oneOf(name: string): number {
  return ALL ? 1 : name.startsWith("proxmox") ? 97 : 41;
}

describe.each(MACHINES)("a trial on %s with %j", (name, spec) => {
  it("that is cut or fails anywhere ends by itself: in what booted before, to the byte, or kept", async () => {
    const rows: Row[] = [];
    await inFolder(async (folder) => {
      const machine = new Machine(folder, name, spec);
      const { root } = machine;
      const acts = new Acts(machine);
      const told = async (act: Act): Promise<void> => {
        rows.push(rowOf(`${name}, tried`, act, await new Rig(root, act, oneOf(name)).run()));
      };
      await acts.foresee();
      await told(acts.trying());
      const tried = imageOf(root);
      // Of hosts with two ESPs, which take minutes, the one in its boot is enough.
      if (ALL || !name.startsWith("proxmox")) {
        await told(acts.takingBack("give-up before its boot"));
        restore(tried, root);
      }
      await machine.reboot();
      const booted = imageOf(root);
      await told(acts.takingBack("give-up in its boot"));
      restore(booted, root);
      await told(acts.keeping());
      restore(booted, root);
      await machine.reboot();
      await told(acts.takingBack("at-boot, in the boot of before"));
    });
    report(`${name}, tried`, rows);
    expect(rows.filter(({ tried }) => tried.cuts === 0 || tried.failures === 0)).toEqual([]);
  });
});

/** What it boots from then on, and all of its files. */
interface End {
  readonly boots: string;
  readonly image: string;
}

/** What is done to a machine about a trial, and what may come of it. */
class Acts {
  readonly #machine: Machine;
  /** As it may end: as it was, and kept. */
  #ends: End[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Before anything is done. */
  async foresee(): Promise<void> {
    const machine = this.#machine;
    const fresh = imageOf(machine.root);
    const old = await this.#end();
    expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
    await machine.reboot();
    expect(await applied(machine.host, () => machine.keepPlan())).toBe("applied");
    this.#ends = [old, await this.#end()];
    restore(fresh, machine.root);
  }

  trying(): Act {
    return this.#act("try", (host) => this.#machine.trialPlan("verification", host));
  }

  keeping(): Act {
    return this.#act("keep", (host) => this.#machine.keepPlan(host));
  }

  takingBack(name: string): Act {
    return this.#act(name, (host) => undoPlan(host, "0001"));
  }

  #act(name: string, plan: (host: Host) => Promise<Plan>): Act {
    return {
      name,
      plan,
      run: (host) => applyOn(host, () => plan(host)),
      leftAlone: () => this.#leftAlone(),
    };
  }

  async #leftAlone(): Promise<readonly string[]> {
    const machine = this.#machine;
    const boots = await machine.settle();
    const strange = boots.filter((boot) => !this.#ends.some((end) => end.boots === whatBoots(boot)));
    const trials = boots.filter(({ options }) => markOf(options) === "trial");
    const what = [
      ...strange.map((boot) => `it boots neither the old nor the new: ${whatBoots(boot)}`),
      ...(trials.length > 1 ? ["the trial boots more than once"] : []),
    ];
    const last = boots.at(-1);
    if (trialNow(machine.host.reader()) !== undefined) what.push("the trial is pending for ever");
    what.push(...(await this.#ended()));
    const end = await this.#end();
    if (last !== undefined && markOf(last.options) === "trial" && end.boots !== whatBoots(last))
      what.push("it stays in the boot of a trial that was taken back");
    const isEnd = this.#ends.some(({ boots, image }) => end.boots === boots && end.image === image);
    if (isEnd) return what;
    const known = new Set(this.#ends.flatMap(({ image }) => image.split("\n")));
    const other = end.image.split("\n").filter((line) => !known.has(line));
    return [...what, `it ends neither as it was nor kept: ${end.boots}; ${other.join("; ")}`];
  }

  /** Where only the end of a record is missing, that is told, and the same command brings it. */
  async #ended(): Promise<readonly string[]> {
    const machine = this.#machine;
    const open = openTrial(await readHistory(machine.host.reader()));
    if (open === undefined) return [];
    const isKept = open.undoneWith !== open.trial;
    const told = await machine.hostcfg("status");
    const { exit, said } = await machine.hostcfg(`${isKept ? "keep" : "give-up"} --auto-approve`);
    return [
      ...(told.exit === EXIT.unsatisfied ? [] : [`status says: ${told.said}`]),
      ...(exit === EXIT.ok ? [] : [`nobody can end it: ${said}`]),
    ];
  }

  async #end(): Promise<End> {
    return { boots: whatBoots(await this.#machine.next()), image: this.#machine.image() };
  }
}

function whatBoots({ release, options }: NextBoot): string {
  return `${release.known ? release.value : release.why} ${unmarked(options)}`;
}
