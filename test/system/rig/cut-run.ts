import { rmSync } from "node:fs";
import type { Context, Sampling } from "./cut-context.ts";
import { complaining, expectEnd, finish, rehearse } from "./cut-context.ts";
import type { CutPhase, CutStory } from "./cut-stories.ts";
import { scratchFolder } from "./cut-stories.ts";
import { sync, writtenTo } from "./disk-writes.ts";
import { copyDisks } from "./disks.ts";
import type { Figures } from "./figures.ts";
import { STORY } from "./hostcfg.ts";
import { finishKilled, judgeImage } from "./images.ts";
import { Judge } from "./judge.ts";
import type { Started } from "./live.ts";
import type { Machine } from "./machine.ts";
import { Pool } from "./pool.ts";
import type { Ran } from "./ran.ts";
import { succeeded } from "./ran.ts";
import type { Stop } from "./stops.ts";
import { Stops, changesFile } from "./stops.ts";

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
    const stops = await powerCuts(machine, context);
    await kills(base, context, stops);
    await errors(base, context, stops);
    return context.complaints;
  } finally {
    rmSync(base, { recursive: true });
  }
}

async function powerCuts(machine: Machine, context: Context): Promise<readonly Stop[]> {
  const { phase, judge, figures, sampling } = context;
  const stops: Stop[] = [];
  const pool = new Pool(2);
  const judging = (image: Machine): Promise<void> => judge.examine(image);
  let written = writtenTo(machine);
  let changed = 0;
  const run = await Stops.start(machine, phase.argv, { cwd: STORY });
  for (let stop = await run.next(); stop !== undefined; stop = await run.next()) {
    const at = stop;
    stops.push(at);
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
    await pool.add(() => judgeImage(folder, `power cut after ${told(at)}`, { converge, judging }, context));
  }
  await pool.drained();
  await succeeded(run.ended, phase.argv);
  await complaining(context, "at the end", () => expectEnd(machine, context));
  return stops;
}

/** The same run once more, of which the disks get all at some of the stops: what a kill leaves, and no power cut. */
async function kills(base: string, context: Context, stops: readonly Stop[]): Promise<void> {
  const { story, phase, sampling, running } = context;
  const every = sampling.images * sampling.converged * 2;
  const isTried = ({ number }: Stop): boolean => number % every === Math.floor(every / 2);
  if (!stops.some(isTried)) return;
  const folder = scratchFolder("killed");
  copyDisks(base, folder);
  const machine = story.machine(folder);
  await machine.powerOn(running);
  const pool = new Pool(2);
  try {
    const run = await Stops.start(machine, phase.argv, { cwd: STORY });
    let written = writtenTo(machine);
    for (let stop = await run.next(); stop !== undefined; stop = await run.next()) {
      if (!isTried(stop)) continue;
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
  } finally {
    await pool.drained();
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
const HUNG_MS = 60_000;
/** A line of a stack that Node prints. */
const STACK = /^\s+at .*(?:\.js|node:\S+):\d+:\d+/m;

/** How often it is tried to hit the call: how many times Node writes to pipes of its own differs from run to run. */
const TRIES = 3;

async function fail(base: string, stop: Stop, errno: string, context: Context): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) if (await failOnce(base, stop, errno, context)) return;
  context.figures.count("missed");
}

/** False where another call was hit, one that changes no file. */
async function failOnce(base: string, stop: Stop, errno: string, context: Context): Promise<boolean> {
  const { story, phase, judge, figures, running } = context;
  const folder = scratchFolder("error");
  copyDisks(base, folder);
  const machine = story.machine(folder);
  await machine.powerOn(running);
  let hit = true;
  try {
    await complaining(context, `${errno} from ${told(stop)}`, async () => {
      const { ran, injected } = await runFailing(machine, stop, errno, phase.argv);
      hit = changesFile(injected.replace("= -1 ", ""));
      if (!hit) return;
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
  return hit;
}

/** The command's end, and the call that failed as strace printed it. */
async function runFailing(
  machine: Machine,
  { call, nth }: Stop,
  errno: string,
  argv: readonly string[],
): Promise<{ readonly ran: Ran; readonly injected: string }> {
  const strace = ["strace", "--quiet=all", "--signal=none", "--decode-fds=path", `--output=${ERROR_LOG}`];
  const inject = [`--trace=${call}`, `--inject=${call}:error=${errno}:when=${nth}`];
  // Node waits for ever where its own wake-up call was hit.
  const hung = setTimeout(() => void machine.killAll(), HUNG_MS);
  try {
    const ran = await machine.run([...strace, ...inject, "--", ...argv], { cwd: STORY });
    const log = machine.readText(ERROR_LOG).split("\n");
    return { ran, injected: log.find((line) => line.includes("(INJECTED)")) ?? "" };
  } finally {
    clearTimeout(hung);
  }
}

function told({ number, text }: Stop): string {
  return `call ${number}, ${text.slice(0, 200)}`;
}
