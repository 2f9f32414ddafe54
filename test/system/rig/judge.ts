import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { posix } from "node:path";
import type { Plan } from "../../../src/model/index.ts";
import { JOURNALS } from "../../../src/facts/state-folder.ts";
import type { CutStory } from "./cut-stories.ts";
import { hostcfg } from "./hostcfg.ts";
import type { Started } from "./live.ts";
import type { Machine } from "./machine.ts";

/** What stands at a path, as one line: kind and content. */
type State = string;

/** What the run that nobody cuts does to the host. */
export interface Uncut {
  readonly plan: Plan;
  /** The folder of its record, NNNN. */
  readonly id: string;
  /** What the loader starts before and after. */
  readonly boots: readonly [before: Started, after: Started];
  /** By path that the plan touches. */
  readonly before: ReadonlyMap<string, State>;
  readonly after: ReadonlyMap<string, State>;
  /** Names in the folders of these paths, before and after. */
  readonly names: ReadonlySet<string>;
}

/** As hostcfg's temporary names are, and those that dpkg and update-initramfs have while they work. */
const TEMPORARY = /^\..+\.hostcfg-[0-9a-f]{12}$/;
const OF_TOOLS = /\.(?:dpkg-(?:new|tmp)|new)$/;

/** Holds a host, as a cut left it, against what any cut may leave. */
export class Judge {
  readonly #story: CutStory;
  readonly #uncut: Uncut;
  readonly #allowed: ReadonlyMap<string, Set<State>>;
  /** Paths that programs write, not hostcfg: what they left when hostcfg stood still is whole. */
  readonly #ofTools: ReadonlySet<string>;

  constructor(story: CutStory, uncut: Uncut) {
    this.#story = story;
    this.#uncut = uncut;
    this.#ofTools = new Set(uncut.plan.steps.flatMap((step) => (step.kind === "exec" ? step.touches : [])));
    this.#allowed = new Map(
      [...uncut.before.keys()].map((path) => [
        path,
        new Set([uncut.before, uncut.after].map((at) => at.get(path) ?? "")),
      ]),
    );
    for (const step of uncut.plan.steps) {
      if (step.kind === "exec") continue;
      if (step.kind === "writeFile") this.#allowed.get(step.path)?.add(fileState(Buffer.from(step.content)));
      if (step.kind === "restore")
        this.#allowed.get(step.path)?.add(fileState(Buffer.from(step.base64, "base64")));
      if (step.kind === "symlink") this.#allowed.get(step.path)?.add(`link ${step.target}`);
      if (step.kind === "remove") this.#allowed.get(step.path)?.add(ABSENT);
    }
  }

  /** Takes in what programs have made, while hostcfg stands still and none of them runs, and what is copied of it. */
  learn(machine: Machine): void {
    for (const path of this.#ofTools) this.#allowed.get(path)?.add(stateAt(machine, path));
    for (const step of this.#uncut.plan.steps)
      if (step.kind === "copyFile") this.#allowed.get(step.path)?.add(stateAt(machine, step.from));
  }

  /** All that files alone show. Throws with what is wrong. */
  look(machine: Machine): void {
    this.boot(machine);
    this.#files(machine);
  }

  /** That the loader starts a kernel that it started before, or will start after. */
  boot(machine: Machine): void {
    const boot = this.#story.play(machine);
    // The old kernel may come up with the new options, and the new one with the old: neither is half a state.
    const { boots } = this.#uncut;
    const known =
      boots.some(({ release }) => release === boot.release) &&
      boots.some((other) => optionsOf(other) === optionsOf(boot));
    if (!known)
      throw new Error(`it would start ${JSON.stringify(boot)}, and nothing of ${JSON.stringify(boots)}`);
  }

  #files(machine: Machine): void {
    const recorded = recordedPaths(machine, this.#uncut.id);
    for (const [path, allowed] of this.#allowed) {
      const state = stateAt(machine, path);
      if (!allowed.has(state)) throw new Error(`${path} is ${state}, and none of ${[...allowed].join(", ")}`);
      if (state !== this.#uncut.before.get(path) && !recorded.has(path))
        throw new Error(`${path} was changed, and the journal does not hold what stood there before`);
    }
    for (const name of namesBeside(machine, [...this.#allowed.keys()]))
      if (!this.#uncut.names.has(name) && !TEMPORARY.test(posix.basename(name)) && !OF_TOOLS.test(name))
        throw new Error(`${name} is no name that was there before or is there after`);
  }

  /** As {@link look}, and hostcfg's own judgement and memory. */
  async examine(machine: Machine): Promise<void> {
    this.look(machine);
    await this.ask(machine);
  }

  /** hostcfg's own judgement, and its memory. */
  async ask(machine: Machine): Promise<void> {
    const check = await hostcfg(machine, "check", "--json");
    const { verdict } = JSON.parse(check.stdout) as { verdict: string };
    if (verdict !== "bootable") throw new Error(`check says ${verdict}:\n${check.stdout}`);
    const history = await hostcfg(machine, "history", "--json");
    const { applies } = JSON.parse(history.stdout) as { applies: { id: string; result: string }[] };
    const told = applies.find(({ id }) => id === this.#uncut.id)?.result;
    const expected = recordedEnd(machine, this.#uncut.id);
    if (told !== expected)
      throw new Error(`history tells of ${told ?? "nothing"}, but the record is ${expected ?? "not there"}`);
  }
}

const ABSENT = "absent";

/** Without the files that loader and kernel are told of, which differ with the release. */
function optionsOf({ cmdline }: Started): string {
  return cmdline.replace(/^(?:BOOT_IMAGE|initrd)=\S+ /, "");
}

function fileState(content: Buffer): State {
  return `file ${createHash("sha256").update(content).digest("hex")}`;
}

export function stateAt(machine: Machine, path: string): State {
  const real = machine.path(path);
  const stat = lstatSync(real, { throwIfNoEntry: false });
  if (stat === undefined) return ABSENT;
  if (stat.isSymbolicLink()) return `link ${readlinkSync(real)}`;
  return stat.isFile() ? fileState(readFileSync(real)) : "other";
}

/** The paths that a plan changes, itself or by the programs that it runs. */
export function touchedBy(plan: Plan): readonly string[] {
  return [...new Set(plan.steps.flatMap((step) => (step.kind === "exec" ? step.touches : [step.path])))];
}

export function namesBeside(machine: Machine, paths: readonly string[]): readonly string[] {
  const folders = [...new Set(paths.map((path) => posix.dirname(path)))];
  return folders.flatMap((folder) => {
    const real = machine.path(folder);
    return existsSync(real) ? readdirSync(real).map((name) => posix.join(folder, name)) : [];
  });
}

function recordedPaths(machine: Machine, id: string): ReadonlySet<string> {
  const folder = machine.path(posix.join(JOURNALS, id, "before"));
  if (!existsSync(folder)) return new Set();
  const whole = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return new Set(
    whole.map(
      (name) => (JSON.parse(readFileSync(posix.join(folder, name), "utf8")) as { path: string }).path,
    ),
  );
}

/** How the record itself says that the apply ended; undefined without a record. */
function recordedEnd(machine: Machine, id: string): string | undefined {
  const folder = machine.path(posix.join(JOURNALS, id));
  if (!existsSync(folder)) return undefined;
  const events = posix.join(folder, "events.jsonl");
  const text = existsSync(events) ? readFileSync(events, "utf8") : "";
  if (text.includes('"event":"applied"')) return "applied";
  return text.includes('"event":"step-failed"') ? "failed" : "cut";
}
