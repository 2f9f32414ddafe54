import { readFileSync, rmSync, statSync } from "node:fs";
import type { Plan } from "../../../src/model.ts";
import { JOURNALS } from "../../../src/facts/state-folder.ts";
import type { CutPhase, CutStory } from "./cut-stories.ts";
import { scratchFolder } from "./cut-stories.ts";
import { copyDisks } from "./disks.ts";
import type { Figures } from "./figures.ts";
import { STORY, hostcfg } from "./hostcfg.ts";
import type { Uncut } from "./judge.ts";
import { Judge, namesBeside, stateAt, touchedBy } from "./judge.ts";
import type { Started } from "./live.ts";
import type { Machine } from "./machine.ts";
import { succeeded } from "./ran.ts";
import type { Stop } from "./stops.ts";
import { Stops, changesFile } from "./stops.ts";

/** How many of the stops are tried: 1 = each, n = each n-th. */
export interface Sampling {
  /** Calls that fail. */
  readonly errors: number;
  /** Stops at which the host, as a kill would leave it, is examined by hostcfg too and not only by the rig. */
  readonly examined: number;
  /** Different images of a power cut that are judged. */
  readonly images: number;
  /** Of those images, and of kills, from how many the command is brought to its end. */
  readonly converged: number;
}

const ALL: Sampling = { errors: 1, examined: 1, images: 1, converged: 1 };
const SOME: Sampling = { errors: 50, examined: 40, images: 10, converged: 10 };
export const SAMPLING = process.env["FAULTS"] === "all" ? ALL : SOME;

interface Context {
  readonly story: CutStory;
  readonly phase: CutPhase;
  readonly uncut: Uncut;
  readonly judge: Judge;
  readonly figures: Figures;
  readonly sampling: Sampling;
  /** What runs while the phase does. */
  readonly running: Started | undefined;
  readonly complaints: string[];
}

/**
 * Runs one phase on a machine, which is on, with a stop after each call that changes a file, and judges what a kill and
 * what a power cut would leave there. The machine is at the end of the phase then. Returns what is wrong, a line each.
 */
export async function cutPhase(
  story: CutStory,
  machine: Machine,
  phase: CutPhase,
  options: { readonly figures: Figures; readonly sampling: Sampling; readonly running: Started | undefined },
): Promise<readonly string[]> {
  await phase.prepare(machine);
  await sync(machine);
  const base = scratchFolder("base");
  copyDisks(machine.folder, base);
  try {
    const uncut = await rehearse(story, phase, base, options.running);
    const context = { ...options, story, phase, uncut, judge: new Judge(story, uncut), complaints: [] };
    await powerCuts(machine, context);
    await errors(base, context, await kills(base, context));
    return context.complaints;
  } finally {
    rmSync(base, { recursive: true });
  }
}

/** Does the phase on a copy, from beginning to end. */
async function rehearse(
  story: CutStory,
  { argv }: CutPhase,
  base: string,
  running: Started | undefined,
): Promise<Uncut> {
  const folder = scratchFolder("uncut");
  copyDisks(base, folder);
  const machine = story.machine(folder);
  await machine.powerOn(running);
  try {
    const before = story.play(machine);
    await succeeded(machine.run(argv, { cwd: STORY }), argv);
    const id = (await machine.must("ls", JOURNALS)).trim().split("\n").at(-1) ?? "";
    const plan = JSON.parse(machine.readText(`${JOURNALS}/${id}/plan.json`)) as Plan;
    const paths = touchedBy(plan);
    const look = (): Map<string, string> => new Map(paths.map((path) => [path, stateAt(machine, path)]));
    const [after, namesAfter, boot] = [look(), namesBeside(machine, paths), story.play(machine)];
    await machine.powerOff();
    copyDisks(base, folder);
    await machine.powerOn(running);
    const names = new Set([...namesAfter, ...namesBeside(machine, paths), ...paths]);
    return { plan, id, boots: [before, boot], before: look(), after, names };
  } finally {
    await machine.discard();
  }
}

async function powerCuts(machine: Machine, context: Context): Promise<void> {
  const { phase, judge, figures, sampling } = context;
  const pool = new Pool(2);
  let written = writtenTo(machine);
  let changed = 0;
  const run = await Stops.start(machine, phase.argv, { cwd: STORY });
  for (let stop = await run.next(); stop !== undefined; stop = await run.next()) {
    const at = stop;
    figures.count("stops");
    judge.learn(machine);
    await complaining(context, `killed after ${told(at)}`, async () => {
      figures.count("killed");
      if (at.number % sampling.examined === 0) await judge.examine(machine);
      else judge.look(machine);
    });
    const now = writtenTo(machine);
    if (now === written) continue;
    written = now;
    changed += 1;
    if (changed % sampling.images !== 0) continue;
    const folder = scratchFolder("image");
    copyDisks(machine.folder, folder);
    const converge = (changed / sampling.images) % sampling.converged === 0;
    await pool.add(() => judgeImage(folder, `power cut after ${told(at)}`, converge, context));
  }
  await pool.drained();
  await succeeded(run.ended, phase.argv);
  await complaining(context, "at the end", () => expectEnd(machine, context));
}

async function judgeImage(folder: string, where: string, converge: boolean, context: Context): Promise<void> {
  const { story, judge, figures, running } = context;
  const machine = story.machine(folder);
  await machine.powerOn(running);
  try {
    await complaining(context, where, async () => {
      figures.count("images");
      await judge.examine(machine);
      if (!converge) return;
      const started = story.play(machine);
      await machine.powerOff();
      await machine.powerOn(started);
      await finish(machine, context);
    });
  } finally {
    await machine.discard();
  }
}

/** The same run once more, of which the disks get all at some of the stops: what a kill leaves, and no power cut. */
async function kills(base: string, context: Context): Promise<readonly Stop[]> {
  const { story, phase, sampling, running } = context;
  const folder = scratchFolder("killed");
  copyDisks(base, folder);
  const machine = story.machine(folder);
  await machine.powerOn(running);
  const pool = new Pool(2);
  const stops: Stop[] = [];
  try {
    const run = await Stops.start(machine, phase.argv, { cwd: STORY });
    const every = sampling.images * sampling.converged * 2;
    let written = writtenTo(machine);
    for (let stop = await run.next(); stop !== undefined; stop = await run.next()) {
      stops.push(stop);
      if (stop.number % every !== Math.floor(every / 2)) continue;
      await sync(machine);
      const now = writtenTo(machine);
      if (now === written) continue;
      written = now;
      const at = told(stop);
      const copy = scratchFolder("image");
      copyDisks(folder, copy);
      await pool.add(() => finishKilled(copy, `killed after ${at}`, context));
    }
    await pool.drained();
    await succeeded(run.ended, phase.argv);
    return stops;
  } finally {
    await pool.drained();
    await machine.discard();
  }
}

async function finishKilled(folder: string, where: string, context: Context): Promise<void> {
  const machine = context.story.machine(folder);
  await machine.powerOn(context.running);
  try {
    await complaining(context, where, () => finish(machine, context));
  } finally {
    await machine.discard();
  }
}

const ERRNOS = ["ENOSPC", "EIO", "EROFS", "EACCES"];

/** The same run again and again, of which each time another call fails. */
async function errors(base: string, context: Context, stops: readonly Stop[]): Promise<void> {
  const pool = new Pool(2);
  const { sampling } = context;
  const tried = stops.filter(({ number }) => number % sampling.errors === Math.floor(sampling.errors / 2));
  for (const [index, stop] of tried.entries()) {
    const errno = ERRNOS[(stop.number + index) % ERRNOS.length] ?? "EIO";
    await pool.add(() => fail(base, stop, errno, context));
  }
  await pool.drained();
}

const ERROR_LOG = "/run/errors";
/** A line of a stack that Node prints. */
const STACK = /^\s+at .*(?:\.js|node:\S+):\d+:\d+/m;

async function fail(base: string, stop: Stop, errno: string, context: Context): Promise<void> {
  const { story, phase, judge, figures, running } = context;
  const folder = scratchFolder("error");
  copyDisks(base, folder);
  const machine = story.machine(folder);
  await machine.powerOn(running);
  try {
    await complaining(context, `${errno} from ${told(stop)}`, async () => {
      const strace = ["strace", "--quiet=all", "--signal=none", "--decode-fds=path", `--output=${ERROR_LOG}`];
      const inject = [`--trace=${stop.call}`, `--inject=${stop.call}:error=${errno}:when=${stop.nth}`];
      const ran = await machine.run([...strace, ...inject, "--", ...phase.argv], { cwd: STORY });
      const log = machine.readText(ERROR_LOG).split("\n");
      const injected = log.find((line) => line.includes("(INJECTED)")) ?? "";
      // Another call where the run differs from the one before, as a cache's that Node has for itself.
      if (!changesFile(injected.replace("= -1 ", ""))) return;
      figures.count("errors");
      const said = ran.stdout + ran.stderr;
      if (STACK.test(said)) throw new Error(`it printed a stack:\n${said}`);
      if (![0, 1].includes(ran.exitCode)) throw new Error(`it ended with ${ran.exitCode}:\n${said}`);
      if (ran.exitCode === 1 && !said.includes(errno))
        throw new Error(`it does not say what was wrong:\n${said}`);
      judge.learn(machine);
      await judge.examine(machine);
      await finish(machine, context);
      figures.count("survived");
    });
  } finally {
    await machine.discard();
  }
}

async function finish(machine: Machine, context: Context): Promise<void> {
  const { argv } = context.phase;
  await succeeded(machine.run(argv, { cwd: STORY }), argv);
  await expectEnd(machine, context);
  context.figures.count("converged");
}

const LEFTOVERS = [
  ...["(", "-name", ".*.hostcfg-*", "-o", "-name", "*.dpkg-new", "-o", "-name", "*.dpkg-tmp"],
  ...["-o", "-path", "/boot/*.new", "-o", "-path", "/var/lib/hostcfg/*.deb", ")"],
];

/** The end that the uncut run came to, and nothing besides. */
async function expectEnd(machine: Machine, { story, phase, uncut }: Context): Promise<void> {
  const [boot, expected] = [story.play(machine), uncut.boots[1]].map((one) => JSON.stringify(one));
  if (boot !== expected) throw new Error(`in the end it would start ${boot ?? "?"}, not ${expected ?? "?"}`);
  const written = uncut.plan.steps.flatMap((step) => (step.kind === "exec" ? [] : [step.path]));
  const copied = new Set(uncut.plan.steps.flatMap((step) => (step.kind === "copyFile" ? [step.path] : [])));
  for (const path of written.filter((one) => !copied.has(one))) {
    const [is, uncutIs] = [stateAt(machine, path), uncut.after.get(path)];
    if (is !== uncutIs) throw new Error(`in the end ${path} is ${is}, not ${uncutIs ?? "?"}`);
  }
  const again = await machine.run(phase.argv, { cwd: STORY });
  if (again.exitCode !== 0 || !/No changes|Nothing to (?:do|undo)/i.test(again.stdout))
    throw new Error(`there is still something to do:\n${again.stdout}${again.stderr}`);
  const history = await hostcfg(machine, "history");
  if ((history.stdout + history.stderr).includes("apply-interrupted"))
    throw new Error(`history still tells of an unfinished apply:\n${history.stdout}${history.stderr}`);
  const left = await machine.must("find", "/", "/boot/efi", "-xdev", ...LEFTOVERS);
  if (left !== "") throw new Error(`in the end there is still ${left}`);
  const audit = await machine.must("dpkg", "--audit");
  if (audit !== "") throw new Error(`dpkg is not content:\n${audit}`);
}

async function complaining(context: Context, where: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const { story, phase, complaints } = context;
    complaints.push(
      `${story.name}, ${phase.name}, ${where}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function told({ number, text }: Stop): string {
  return `call ${number}, ${text.slice(0, 200)}`;
}

async function sync(machine: Machine): Promise<void> {
  await machine.must("sync", "--file-system", "/", "/boot/efi");
}

/** A number that changes with every write to one of the machine's disks (kernel documentation, block/stat). */
function writtenTo(machine: Machine): string {
  return ["/", "/boot/efi"]
    .map((disk) => {
      const { dev } = statSync(machine.path(disk));
      const { dirname } = { dirname: `/sys/block/loop${dev & 0xff}` };
      return readFileSync(`${dirname}/stat`, "utf8").trim().split(/\s+/)[4];
    })
    .join(" ");
}

/** Runs some jobs at once, and lets who adds one wait until there is a place for it. */
class Pool {
  readonly #size: number;
  readonly #running = new Set<Promise<void>>();

  constructor(size: number) {
    this.#size = size;
  }

  async add(job: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#size) await Promise.race(this.#running);
    const running: Promise<void> = job().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async drained(): Promise<void> {
    await Promise.all(this.#running);
  }
}
