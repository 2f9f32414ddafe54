import type { Context } from "./cut-context.ts";
import { complaining, finish } from "./cut-context.ts";
import type { Machine } from "./machine.ts";

/**
 * Judges what a power cut left, and brings the command to its end there where that is asked for. `judging` is what must
 * hold of it. The folder is used up.
 */
export async function judgeImage(
  folder: string,
  where: string,
  options: { readonly converge: boolean; readonly judging: (machine: Machine) => Promise<void> },
  context: Context,
): Promise<void> {
  const { story, figures, running } = context;
  const machine = story.machine(folder);
  await machine.powerOn(running);
  try {
    await complaining(context, where, async () => {
      figures.count("images");
      await options.judging(machine);
      if (!options.converge) return;
      const started = story.play(machine);
      await machine.powerOff();
      await machine.powerOn(started);
      await finish(machine, context);
    });
  } finally {
    await machine.discard();
  }
}

/** Brings the command to its end where it was killed. The folder is used up. */
export async function finishKilled(folder: string, where: string, context: Context): Promise<void> {
  const machine = context.story.machine(folder);
  await machine.powerOn(context.running);
  try {
    await complaining(context, where, () => finish(machine, context));
  } finally {
    await machine.discard();
  }
}
