import { rmSync } from "node:fs";
import type { Context } from "./cut-context.ts";
import { SAMPLING, complaining, rehearse } from "./cut-context.ts";
import type { CutStory } from "./cut-stories.ts";
import { scratchFolder } from "./cut-stories.ts";
import { sync, writtenTo } from "./disk-writes.ts";
import { copyDisks } from "./disks.ts";
import type { Figures } from "./figures.ts";
import { STORY } from "./hostcfg.ts";
import { finishKilled, judgeImage } from "./images.ts";
import { Judge } from "./judge.ts";
import type { Machine } from "./machine.ts";
import { Pool } from "./pool.ts";
import { succeeded } from "./ran.ts";
import type { StoppedTool } from "./tool-stops.ts";
import { ToolStops, stopTool } from "./tool-stops.ts";

/**
 * Runs a command on a machine, which is on, with a stop after each call of one of the programs that it runs, and judges
 * what is left there when all is killed and when the power is cut. Returns what is wrong, a line each.
 */
export async function cutTool(
  story: CutStory,
  machine: Machine,
  tool: StoppedTool,
  argv: readonly string[],
  figures: Figures,
): Promise<readonly string[]> {
  await stopTool(machine, tool);
  await sync(machine);
  const base = scratchFolder("base");
  copyDisks(machine.folder, base);
  const running = story.firstBoot;
  try {
    const phase = { name: tool.program, argv, prepare: () => Promise.resolve() };
    const uncut = await rehearse(story, phase, base, running);
    const judge = new Judge(story, uncut);
    const context = { story, phase, uncut, judge, figures, sampling: SAMPLING, running, complaints: [] };
    await powerCuts(machine, context);
    await kills(base, context);
    return context.complaints;
  } finally {
    rmSync(base, { recursive: true });
  }
}

/** A program in the middle of its work may have left names and halves of its own; what boots must be whole. */
async function judging(machine: Machine, { judge }: Context, asked: boolean): Promise<void> {
  judge.boot(machine);
  if (asked) await judge.ask(machine);
}

/** A write to what another name is yet to be given: grub-mkconfig's and mkinitramfs' own, and hostcfg's. */
const BESIDE = /^write\(\d+<[^>]*\.new>/;

async function powerCuts(machine: Machine, context: Context): Promise<void> {
  const { phase, figures, sampling } = context;
  const pool = new Pool(2);
  let written = writtenTo(machine);
  const [stopsEach, imagesEach] = [sampling.examined, Math.ceil(sampling.images / 2)];
  let [stops, changed] = [0, 0];
  const run = await ToolStops.start(machine, phase.argv, { cwd: STORY });
  for (let call = await run.next(); call !== undefined; call = await run.next()) {
    const after = told((stops += 1), call);
    figures.count("stops");
    if (!BESIDE.test(call) || stops % sampling.writes === 0) {
      figures.count("killed");
      await complaining(context, `killed after ${after}`, () =>
        judging(machine, context, stops % stopsEach === 0),
      );
    }
    const now = writtenTo(machine);
    if (now === written) continue;
    written = now;
    changed += 1;
    if (changed % imagesEach !== 0) continue;
    const folder = scratchFolder("image");
    copyDisks(machine.folder, folder);
    const converge = (changed / imagesEach) % sampling.converged === 0;
    await pool.add(() =>
      judgeImage(
        folder,
        `power cut after ${after}`,
        { converge, judging: (image) => judging(image, context, true) },
        context,
      ),
    );
  }
  await pool.drained();
  await succeeded(run.ended, phase.argv);
}

async function kills(base: string, context: Context): Promise<void> {
  const { story, phase, sampling, running } = context;
  const folder = scratchFolder("killed");
  copyDisks(base, folder);
  const machine = story.machine(folder);
  await machine.powerOn(running);
  const pool = new Pool(2);
  try {
    const run = await ToolStops.start(machine, phase.argv, { cwd: STORY });
    const every = sampling.examined;
    let stops = 0;
    for (let call = await run.next(); call !== undefined; call = await run.next()) {
      stops += 1;
      if (stops % every !== Math.floor(every / 4)) continue;
      const after = told(stops, call);
      await sync(machine);
      const copy = scratchFolder("image");
      copyDisks(folder, copy);
      await pool.add(() => finishKilled(copy, `killed after ${after}`, context));
    }
    await succeeded(run.ended, phase.argv);
  } finally {
    await pool.drained();
    await machine.discard();
  }
}

function told(number: number, call: string): string {
  return `call ${number}, ${call.slice(0, 200)}`;
}
