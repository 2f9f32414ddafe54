import { posix } from "node:path";
import type { HostState, Plan } from "../../model/index.ts";
import type { FirstPart } from "../../plan/first-spec.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { jsonText } from "../json.ts";
import { planNow } from "../observe.ts";
import { TARGET } from "../options.ts";
import { checkOutFile } from "../out-file.ts";
import { DEFAULT_SPEC } from "../spec-file.ts";
import { openTarget } from "../target.ts";
import { text, written } from "../terminal-text.ts";
import { renderCards } from "../views/card-choice.ts";
import { counted } from "../views/diagnostics.ts";

export const init: Command = {
  name: "init",
  summary: "write a first spec of this host, which changes nothing as it is",
  options: [...TARGET, "vm", "out", "plan-only"],
  about: `Reads the host and writes a spec with comments: the kernel that boots next, the options
beyond the installer's, the links in /boot, and the cards by what stays the same when
others are added. What would change the host as it is now becomes a comment, so that a
plan of the file has no changes.

With --vm it also hands devices to a virtual machine: bound to vfio-pci, apart from the
host's own display, with the options that switch the IOMMU on, and the ways that would keep
them apart where something must be done for it. hostcfg plan then shows what that changes.
On a terminal, without any argument, it shows the cards and asks which are for one.

It changes nothing on the host, and never overwrites a file that it did not write.`,
  exits: [
    [EXIT.ok, "the spec was written"],
    [EXIT.error, "it was not"],
  ],
  examples: [
    ["start a spec of this host in host.yaml", "sudo hostcfg init"],
    ["give two cards to a virtual machine", "sudo hostcfg init --vm 0d:00 06:00"],
    ["look at it first", "sudo hostcfg init --plan-only"],
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { io, options, engine } = call;
  const out = options.out ?? DEFAULT_SPEC;
  const path = posix.resolve(io.cwd, out);
  if (!options.planOnly) mayBeWritten(call, out);
  const opened = await openTarget(call);
  const reader = opened.reader();
  const state = await engine.probe(reader);
  const forVm = options.vm.length === 0 && call.argv.length === 1 ? await chosen(call, state) : options.vm;
  const [missing] = await engine.unknownAddresses(state, forVm);
  if (missing !== undefined)
    throw new Failure("unknown-address", `no PCI device of this host has the address ${missing}`, {
      hint: "hostcfg groups lists them: a function is 0c:00.0, all functions of a slot are 0c:00",
    });
  const links = engine.firstLinks(reader);
  const draft: Draft = async (later, devices) => {
    const content = await engine.firstSpec({ state, links, forVm: devices, later });
    const parsed = await engine.parseSpec(path, Buffer.from(content));
    const { spec, diagnostics } = parsed;
    if (spec === undefined) throw new Failure("invalid-spec", "the first spec is not sound", { diagnostics });
    return { content, plan: await planNow(call, opened, { ...parsed, spec }) };
  };
  const first = await draft(new Map(), []);
  const later = laterParts(first.plan);
  const alone = later.size === 0 ? first : await draft(later, []);
  const { content, plan } = forVm.length === 0 ? alone : await draftForVm(forVm, later, draft);
  if (!options.planOnly) io.workspace.writeBeside(path, path, content);
  if (options.json) io.stdout(jsonText({ formatVersion: "1.0", path: out, text: content, plan }));
  else if (options.planOnly) io.stdout(content);
  else
    io.stdout(
      written([text`Wrote ${out}. A plan of it has ${inPlan(plan)}: hostcfg plan ${out}`], call.style),
    );
  return EXIT.ok;
}

function inPlan({ applyable, changes }: Plan): string {
  if (!applyable) return "errors, for this host cannot have all of it";
  return changes.length === 0 ? "no changes" : counted(changes.length, "change");
}

type Draft = (
  later: ReadonlyMap<FirstPart, string>,
  devices: readonly string[],
) => Promise<{ readonly content: string; readonly plan: Plan }>;

/**
 * What is so already is judged without the devices first, for their options and their initrd are to change the host. On
 * some hosts the kernel stays the default only as long as nothing is done there.
 */
async function draftForVm(
  devices: readonly string[],
  later: ReadonlyMap<FirstPart, string>,
  draft: Draft,
): ReturnType<Draft> {
  const wanted = await draft(later, devices);
  const moved = laterParts({
    changes: wanted.plan.changes.filter(
      ({ address }) => address === "kernel.release" || address.startsWith("bootSymlinks."),
    ),
    diagnostics: [],
  });
  return moved.size === 0 ? wanted : draft(new Map([...later, ...moved]), devices);
}

/** On a terminal that nothing else was told; everywhere else nothing is asked, and no device handed over. */
async function chosen({ io, engine, stderrStyle }: Call, state: HostState): Promise<readonly string[]> {
  const cards = await engine.cardsToGive(state);
  if (!io.stdinIsTerminal || !io.stderrIsTerminal || cards.length === 0) return [];
  io.stderr(renderCards(cards, stderrStyle));
  const answer = await io.ask("Which are for a virtual machine? Their numbers; Enter for none: ");
  const words = answer.split(/[\s,]+/).filter((word) => word !== "");
  return words.flatMap((word) => {
    const card = /^\d{1,4}$/.test(word) ? cards[Number(word) - 1] : undefined;
    if (card !== undefined) return card.addresses;
    throw new Failure("unknown-address", `"${word}" is none of the numbers from 1 to ${cards.length}`, {
      hint: "nothing was written; ask again with: hostcfg init, or name devices by their addresses: hostcfg init --vm 0d:00",
    });
  });
}

function mayBeWritten({ io }: Call, out: string): void {
  checkOutFile(io, out);
  const there = io.workspace.stat(posix.resolve(io.cwd, out));
  if (there !== undefined && there.size > 0)
    throw new Failure("out-exists", `${out} is there already`, {
      hint: "name another file: hostcfg init --out FILE",
    });
}

/** The parts of a spec that would change the host, or cannot be had on it, with the reason. */
function laterParts({
  changes,
  diagnostics,
}: Pick<Plan, "changes" | "diagnostics">): ReadonlyMap<FirstPart, string> {
  const later = new Map<FirstPart, string>();
  const note = (address: string, why: string): void => {
    const part = PARTS.find((one) => address === one || address.startsWith(`${one}.`));
    if (part !== undefined && !later.has(part)) later.set(part, why);
  };
  for (const { address, reason } of changes) note(address, reason);
  for (const { severity, address, specPath = [], summary } of diagnostics)
    if (severity === "error") note(address ?? specPath.join("."), summary);
  // Packages move the links to the newest kernel.
  if (later.has("kernel") && !later.has("bootSymlinks"))
    later.set("bootSymlinks", "they follow the newest kernel");
  return later;
}

const PARTS: readonly FirstPart[] = ["kernel", "kernelOptions", "bootSymlinks"];
