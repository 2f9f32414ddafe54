import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ENGINE } from "../../../src/cli/engine.ts";
import type { Capture } from "../../../src/host/capture.ts";
import type { Plan } from "../../../src/model/index.ts";
import { runWith } from "../../cli/fakes.ts";
import type { Judged, Run } from "./expectations.ts";
import type { Answer } from "./judge.ts";
import type { Machines } from "./machine.ts";
import { Machine } from "./machine.ts";
import { settle } from "./settle.ts";

/** A folder of test/handover/machines. */
export interface Folder {
  readonly path: string;
  readonly machines: Machines;
}

const answers = new Map<string, Promise<Answer>>();

/** Carries the command out as a person would, in this process, on a machine in memory. Runs ask one answer several things. */
export function answerOf(folder: Folder, run: Run): Promise<Answer> {
  const { machine, command, settled, spec } = run;
  const key = JSON.stringify([folder.path, machine, command, settled, spec]);
  const answer = answers.get(key) ?? ask(folder, run);
  answers.set(key, answer);
  return answer;
}

async function ask(folder: Folder, run: Run): Promise<Answer> {
  const host = await captureFor(folder, run);
  const files = specFiles(folder, run);
  const { exit, stdout, stderr } = await runWith(ENGINE, run.command, { host, files });
  const document = run.command.startsWith("groups") ? {} : await documentOf(run.command, host, files);
  return {
    exit,
    text: stdout + stderr,
    diagnostics: document.diagnostics ?? [],
    requirements: document.requirements ?? document.findings ?? [],
  };
}

async function captureFor({ path, machines }: Folder, run: Run): Promise<Capture> {
  const name = run.machine ?? "root";
  const machine = machines[name]?.();
  if (machine === undefined) throw new Error(`${path} has no machine ${name}`);
  if (run.settled === undefined) return machine.capture();
  if (!(machine instanceof Machine)) throw new Error(`${name} of ${path} is recorded and cannot be settled`);
  const files = { [run.settled]: readFileSync(join(path, run.settled), "utf8") };
  const { steps = [] } = await documentOf(`plan ${run.settled}`, machine.capture(), files);
  settle(
    machine,
    steps.flatMap((step) => (step.kind === "writeFile" ? [step] : [])),
  );
  return machine.capture();
}

/** The specs that a command names. */
function specFiles({ path }: Folder, { command, spec }: Run): Record<string, string> {
  if (spec !== undefined) return { "host.yaml": spec };
  const names = command.split(" ").filter((word) => word.endsWith(".yaml"));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name), "utf8")]));
}

/** What `--json` prints: a plan, a verification, or why there is none. */
interface Document extends Partial<Pick<Plan, "diagnostics" | "steps">> {
  readonly requirements?: readonly Judged[];
  readonly findings?: readonly Judged[];
}

async function documentOf(command: string, host: Capture, files: Record<string, string>): Promise<Document> {
  const { stdout } = await runWith(ENGINE, `${command} --json`, { host, files });
  const document: unknown = JSON.parse(stdout);
  if (!isDocument(document)) throw new Error(`${command} prints no document`);
  return document;
}

/** hostcfg's own output; the schemas' tests say that it is of this form. */
function isDocument(value: unknown): value is Document {
  return typeof value === "object" && value !== null;
}
