import { dirname, join } from "node:path";
import { isAllowedQuery } from "../../../src/host/queries.ts";
import { HostError } from "../../../src/host/reader.ts";
import type { ApplyOutcome } from "../../../src/apply/events.ts";
import { unfinishedNow } from "../../../src/journal/history.ts";
import { JOURNALS, STATE_FOLDER } from "../../../src/facts/state-folder.ts";
import type { Fault, Faults } from "../../standins/machine.ts";
import { MAKERS } from "../../standins/machine.ts";
import { checkingBoot } from "../../support/checking-boot.ts";
import type { Act } from "./acts.ts";
import type { Call, Failure } from "./faulty-calls.ts";
import { ERRNOS, FaultyCalls } from "./faulty-calls.ts";
import { RiggedHost } from "./rigged-host.ts";
import { startProblems } from "./starts.ts";
import type { Node, TreeImage } from "./tree-image.ts";
import { differences, imageOf, restore, sameNode } from "./tree-image.ts";

/** Every errno at every call, and not one of them in turn; every cut taken back, and not each fourth one; and so of programs. */
export const ALL = process.env["FAULTS"] === "all";
const PROGRAM_FAULTS: readonly Fault[] = ["noop", "fail", "hang", "late fail", "late hang"];
/** Those that take turns from one run of a program to the next. */
const IN_TURN: readonly (readonly Fault[])[] = [
  ["noop", "fail", "late hang"],
  ["noop", "hang", "late fail"],
];
/** Half an image, which hostcfg refuses, is the failure of those that make one. */
const faultsOf = ([program = ""]: readonly string[], at: number): readonly Fault[] => {
  const makes = MAKERS.includes(program);
  if (ALL) return makes ? [...PROGRAM_FAULTS, "half"] : PROGRAM_FAULTS;
  const turn = IN_TURN[at % IN_TURN.length] ?? [];
  return makes ? turn.map((fault) => (fault === "fail" ? "half" : fault)) : turn;
};

/** `undone`: cut, and then taken back instead of done again. */
export type Kind = "cuts" | "undone" | "failures" | "programs";

/** What did not hold after one fault. */
export interface Broken {
  readonly kind: Kind;
  /** The fault, for a person, and the same in every run. */
  readonly fault: string;
  /** How many cuts leave the same on the disk. */
  readonly times: number;
  readonly what: readonly string[];
}

export interface Tally {
  /** Calls of the uncut run that change something. */
  readonly calls: number;
  readonly tried: Readonly<Record<Kind, number>>;
  readonly broken: readonly Broken[];
}

/** Runs one act on one tree again and again, each time with another fault, and judges what is left each time. */
export class Rig {
  readonly #root: string;
  readonly #act: Act;
  readonly #oneOf: number;
  readonly #before: TreeImage;
  readonly #broken: Broken[] = [];
  readonly #tried = { cuts: 0, undone: 0, failures: 0, programs: 0 };
  /** The tree before, after each program of the uncut run, and after it. */
  readonly #stations: TreeImage[];
  #end: TreeImage = new Map();
  #whole = new Set<string>();

  /**
   * @param root Holds the host; it is left as the uncut run leaves it.
   * @param oneOf Of so many cuts and failures one is tried.
   */
  constructor(root: string, act: Act, oneOf = 1) {
    this.#root = root;
    this.#act = act;
    this.#oneOf = oneOf;
    this.#before = imageOf(root);
    this.#stations = [this.#before];
  }

  async run(): Promise<Tally> {
    const { calls, states, programs, working } = await this.#uncut();
    let judged = 0;
    for (const [image, labels] of [...states].filter((_, at) => at % this.#oneOf === 0)) {
      restore(image, this.#root);
      await this.#judge("cuts", labels[0] ?? "", !working.has(image), labels.length);
      this.#tried.cuts += labels.length;
      if (this.#act.takeBack === undefined || (!ALL && (judged += 1) % 4 !== 0)) continue;
      const told = this.#newlyTold(image);
      if (told === undefined) continue;
      restore(image, this.#root);
      await this.#takeBack(labels[0] ?? "", told, labels.length);
      this.#tried.undone += labels.length;
    }
    for (const call of calls.calls.filter((_, at) => at % this.#oneOf === 0)) {
      for (const errno of ALL ? ERRNOS : ERRNOS.filter((_, at) => at === call.number % ERRNOS.length)) {
        await this.#faulty("failures", `${errno} at ${this.#named(call)}`, { at: call.number, errno });
      }
    }
    for (const [at, argv] of programs.entries()) {
      for (const fault of faultsOf(argv, at)) {
        await this.#faulty(
          "programs",
          `${fault} of run ${at + 1}, ${this.#plain(argv.join(" "))}`,
          undefined,
          nth(at, fault),
        );
      }
    }
    restore(this.#end, this.#root);
    return { calls: calls.calls.length, tried: this.#tried, broken: this.#broken };
  }

  /** A process that is killed leaves what is on the disk between two calls, or in the middle of a write. */
  async #uncut() {
    const states = new Map<TreeImage, string[]>();
    const programs: (readonly string[])[] = [];
    // What a program has half done is no state of hostcfg's own files.
    const working = new Set<TreeImage>();
    let last = this.#before;
    const calls = new FaultyCalls((call, moment) => {
      last = imageOf(this.#root, last);
      const labels = states.get(last) ?? [];
      labels.push(`cut ${moment} ${this.#named(call)}`);
      states.set(last, labels);
      if (moment === "inside") working.add(last);
      if (call.name === "exec" && moment === "after") this.#stations.push(last);
    });
    const { status } = await this.#act.run(
      new RiggedHost(this.#root, calls, (argv) => {
        if (changes(argv)) programs.push(argv);
        return undefined;
      }),
    );
    for (const what of renamedAndNotFlushed(calls.calls)) this.#note("cuts", "without a fault", [what]);
    if (status !== "applied") throw new Error(`${this.#act.name}: without a fault it ends as ${status}`);
    this.#end = imageOf(this.#root, last);
    this.#stations.push(this.#end);
    this.#whole = new Set(this.#stations.flatMap((image) => [...image.values()].flatMap(textOf)));
    return { calls, states, programs, working };
  }

  async #faulty(kind: Kind, fault: string, failure: Failure | undefined, faults: Faults = {}): Promise<void> {
    restore(this.#before, this.#root);
    const calls = new FaultyCalls(undefined, failure);
    this.#tried[kind]++;
    try {
      await this.#act.run(new RiggedHost(this.#root, calls, faults));
    } catch (error) {
      if (!(error instanceof HostError)) {
        this.#note(kind, fault, [`it ended with ${String(error)}`]);
        return;
      }
    }
    if (failure !== undefined && !calls.met) this.#note(kind, fault, ["the call was not made"]);
    else await this.#judge(kind, fault, kind === "failures");
  }

  async #judge(kind: Kind, fault: string, strict: boolean, times = 1): Promise<void> {
    const what: string[] = [];
    const faulted = imageOf(this.#root);
    try {
      what.push(...(await this.#unbootable()));
      if (strict) what.push(...this.#halfWritten(faulted));
      what.push(...this.#untold(faulted));
      what.push(...(await this.#unfinished()));
      if (this.#act.leftAlone !== undefined) {
        restore(faulted, this.#root);
        what.push(...(await this.#act.leftAlone()));
      }
    } catch (error) {
      what.push(
        `what is left cannot be judged: ${error instanceof Error ? (error.stack ?? "") : String(error)}`,
      );
    }
    this.#note(kind, fault, what, times);
  }

  /** The record of this act, where it is told as unfinished. */
  #newlyTold(image: TreeImage): string | undefined {
    restore(image, this.#root);
    const told = unfinishedNow(new RiggedHost(this.#root).reader())?.id;
    return told === undefined || this.#before.has(`${JOURNALS}/${told}`) ? undefined : told;
  }

  async #takeBack(fault: string, id: string, times: number): Promise<void> {
    const host = new RiggedHost(this.#root);
    const what: string[] = [];
    try {
      const { status } = (await this.#act.takeBack?.(host, id)) ?? { status: "not undone" };
      if (status !== "applied" && status !== "nothing-to-do") what.push(`taken back it ends as ${status}`);
      const told = unfinishedNow(host.reader());
      what.push(...this.#unlike(this.#before, "taken back"), ...(await this.#unbootable()));
      if (told !== undefined) what.push(`taken back, ${told.id} is still told as unfinished`);
    } catch (error) {
      what.push(`it cannot be taken back: ${error instanceof Error ? (error.stack ?? "") : String(error)}`);
    }
    this.#note("undone", fault, what, times);
  }

  #unlike(wanted: TreeImage, when: string): string[] {
    const end = imageOf(this.#root);
    const paths = [...end.keys()];
    return [
      ...differences(wanted, end, grows).map((path) => `${when} it leaves another ${this.#plain(path)}`),
      ...paths.filter((path) => TEMPORARY.test(path)).map((path) => `${this.#plain(path)} stays`),
      ...paths.filter((path) => PASSING.test(path)).map((path) => `${path} stays`),
    ];
  }

  async #unbootable(): Promise<string[]> {
    const { verdict, problems } = await checkingBoot(new RiggedHost(this.#root))(false);
    const errors = problems.filter(({ severity }) => severity === "error");
    return [
      ...(verdict === "broken" ? errors.map(({ summary }) => `hostcfg finds it broken: ${summary}`) : []),
      ...startProblems(this.#root, (bytes) => this.#whole.has(bytes.toString("latin1"))),
    ];
  }

  /** Each path is as at one of the stations, or a temporary name; the journal and logs grow as they will. */
  #halfWritten(faulted: TreeImage): string[] {
    const left = [...faulted].filter(
      ([path, node]) =>
        !grows(path) &&
        !TEMPORARY.test(path) &&
        !this.#stations.some((station) => {
          const there = station.get(path);
          return there !== undefined && sameNode(there, node);
        }),
    );
    const lost = [...this.#before.keys()].filter(
      (path) => !faulted.has(path) && this.#stations.every((station) => station.has(path)),
    );
    return [
      ...left.map(([path]) => `${path} is neither as before nor as after`),
      ...lost.map((path) => `${path} is lost`),
    ];
  }

  /** Once the record of this act has its first line, what did not come to its end is told. */
  #untold(faulted: TreeImage): string[] {
    const records = [...faulted.keys()].flatMap((path) => /^(.*\/journal\/(\d{4}))$/.exec(path)?.[2] ?? []);
    const newest = records.sort().at(-1) ?? "";
    const node = faulted.get(`${JOURNALS}/${newest}/events.jsonl`);
    const lines = node?.kind === "file" ? node.bytes.toString().split("\n") : [];
    if (this.#before.has(`${JOURNALS}/${newest}`) || lines.length < 2) return [];
    const ended = lines.some((line) => line.endsWith("}") && line.includes('"event":"applied"'));
    const told = unfinishedNow(new RiggedHost(this.#root).reader())?.id;
    if (ended)
      return told === undefined ? [] : [`${told} is told as unfinished, and ${newest} came to its end`];
    return told === newest ? [] : [`${newest} has no end, and ${told ?? "nothing"} is told as unfinished`];
  }

  /** The same again brings it to the end of an uncut run, and leaves nothing to do and nothing lying about. */
  async #unfinished(): Promise<string[]> {
    const host = new RiggedHost(this.#root);
    const outcome: ApplyOutcome = await this.#act.run(host);
    if (outcome.status !== "applied" && outcome.status !== "nothing-to-do")
      return [`again it ends as ${outcome.status}: ${JSON.stringify(outcome).slice(0, 600)}`];
    const { steps, changes } = await this.#act.plan(host);
    const told = unfinishedNow(host.reader());
    return [
      ...this.#unlike(this.#end, "again"),
      ...(steps.length + changes.length > 0
        ? [`there is still to do: ${steps.map(({ title }) => title).join("; ")}`]
        : []),
      ...(told === undefined ? [] : [`${told.id} is still told as unfinished`]),
    ];
  }

  #note(kind: Kind, fault: string, what: readonly string[], times = 1): void {
    if (what.length > 0) this.#broken.push({ kind, fault, what, times });
  }

  #named({ number, name, about }: { number: number; name: string; about: string }): string {
    return `call ${number}, ${name} ${this.#plain(about)}`;
  }

  #plain(text: string): string {
    return text
      .replaceAll(this.#root, "")
      .replaceAll(join(this.#root, ".."), "")
      .replaceAll(/\.hostcfg-[0-9a-f]{12}/g, ".hostcfg-*");
  }
}

/** Only there while a command runs. */
const PASSING = /^\/var\/lib\/hostcfg\/(?:inputs|programs)\//;
const TEMPORARY = /\.hostcfg-[0-9a-f]{12}$/;

/** hostcfg's journal and lock, and the logs. */
function grows(path: string): boolean {
  return (
    [JOURNALS, `${STATE_FOLDER}/lock`, "/var/log"].some(
      (one) => path === one || path.startsWith(`${one}/`),
    ) ||
    path === STATE_FOLDER ||
    path === `${STATE_FOLDER}/inputs` ||
    path === `${STATE_FOLDER}/programs`
  );
}

function textOf(node: Node): string[] {
  return node.kind === "file" && node.bytes.length > 0 ? [node.bytes.toString("latin1")] : [];
}

/** The fault at one run of a program, counted from 0 over all that change something. */
function nth(run: number, fault: Fault): Faults {
  let runs = 0;
  return (argv) => (changes(argv) && runs++ === run ? fault : undefined);
}

function changes(argv: readonly string[]): boolean {
  return argv[0] !== "findmnt" && !isAllowedQuery(argv);
}

const FLUSHES: ReadonlySet<string> = new Set(["fsync", "syncfs"]);

/**
 * The order that is lasting on vfat as well: behind a rename the file is flushed, then its folder. A link that is renamed
 * cannot be flushed, and vfat has none.
 */
function renamedAndNotFlushed(calls: readonly Call[]): string[] {
  return calls.flatMap(({ name, about, real }, at) => {
    if (name !== "rename" || real === undefined) return [];
    const then = calls.slice(at + 1, at + 3).flatMap((call) => (call.name === "fsync" ? [call.real] : []));
    const isLink = calls.slice(0, at).findLast((call) => !FLUSHES.has(call.name))?.name === "symlink";
    const wanted = isLink ? [dirname(real)] : [real, dirname(real)];
    return wanted.every((path, index) => then[index] === path) ? [] : [`${about} is renamed and not flushed`];
  });
}
