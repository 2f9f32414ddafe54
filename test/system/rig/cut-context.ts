import type { Plan } from "../../../src/model/index.ts";
import { JOURNALS } from "../../../src/facts/state-folder.ts";
import type { CutPhase, CutStory } from "./cut-stories.ts";
import { scratchFolder } from "./cut-stories.ts";
import { copyDisks } from "./disks.ts";
import type { Figures } from "./figures.ts";
import { STORY, hostcfg } from "./hostcfg.ts";
import type { Judge, Uncut } from "./judge.ts";
import { namesBeside, stateAt, touchedBy } from "./judge.ts";
import type { Started } from "./live.ts";
import type { Machine } from "./machine.ts";
import { succeeded } from "./ran.ts";

/** How many of the stops are tried: 1 = each, n = each n-th. */
export interface Sampling {
  /** Calls that fail. */
  readonly errors: number;
  /** Stops of a program right after it wrote to a file whose name nothing boots from. */
  readonly writes: number;
  /** Stops at which the host, as a kill would leave it, is examined by hostcfg too and not only by the rig. */
  readonly examined: number;
  /** Different images of a power cut that are judged. */
  readonly images: number;
  /** Of those images, and of kills, from how many the command is brought to its end. */
  readonly converged: number;
}

const ALL: Sampling = { errors: 1, writes: 1, examined: 1, images: 1, converged: 1 };
const SOME: Sampling = { errors: 240, writes: 4, examined: 120, images: 40, converged: 12 };
export const SAMPLING = process.env["FAULTS"] === "all" ? ALL : SOME;

export interface Context {
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

/** Does the phase on a copy, from beginning to end. */
export async function rehearse(
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

export async function finish(machine: Machine, context: Context): Promise<void> {
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
export async function expectEnd(machine: Machine, { story, phase, uncut }: Context): Promise<void> {
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

export async function complaining(context: Context, where: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const { story, phase, complaints } = context;
    complaints.push(
      `${story.name}, ${phase.name}, ${where}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
