import { posix } from "node:path";
import type { Plan } from "../../model/index.ts";
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
host's own display, with the options that switch the IOMMU on. hostcfg plan then shows
what that changes.

It changes nothing on the host, and never overwrites a file that it did not write.`,
  exits: [
    [EXIT.ok, "the spec was written"],
    [EXIT.error, "it was not"],
  ],
  examples: [
    ["start a spec of this host in host.yaml", "sudo hostcfg init"],
    ["give a card to a virtual machine", "sudo hostcfg init --vm 0d:00"],
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
  const [missing] = await engine.unknownAddresses(state, options.vm);
  if (missing !== undefined)
    throw new Failure("unknown-address", `no PCI device of this host has the address ${missing}`, {
      hint: "hostcfg groups lists them: a function is 0c:00.0, all functions of a slot are 0c:00",
    });
  const links = engine.firstLinks(reader);
  const draft = async (later: ReadonlyMap<FirstPart, string>): Promise<{ content: string; plan: Plan }> => {
    const content = await engine.firstSpec({ state, links, forVm: options.vm, later });
    const parsed = await engine.parseSpec(path, Buffer.from(content));
    const { spec, diagnostics } = parsed;
    if (spec === undefined) throw new Failure("invalid-spec", "the first spec is not sound", { diagnostics });
    return { content, plan: await planNow(call, opened, { ...parsed, spec }) };
  };
  const first = await draft(new Map());
  const later = laterParts(first.plan);
  const { content, plan } = later.size === 0 ? first : await draft(later);
  if (!options.planOnly) io.workspace.writeBeside(path, path, content);
  const left = counted(plan.changes.length, "change");
  if (options.json) io.stdout(jsonText({ formatVersion: "1.0", path: out, text: content, plan }));
  else if (options.planOnly) io.stdout(content);
  else
    io.stdout(
      written([
        text`Wrote ${out}. ${plan.changes.length === 0 ? "A plan of it has no changes" : `A plan of it has ${left}`}: hostcfg plan ${out}`,
      ]),
    );
  return EXIT.ok;
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
function laterParts({ changes, diagnostics }: Plan): ReadonlyMap<FirstPart, string> {
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
