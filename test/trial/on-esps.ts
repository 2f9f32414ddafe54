import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import type { ExecOptions, ExecOutcome } from "../../src/host/host.ts";
import type { Plan } from "../../src/model/index.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { inFolder } from "../faults/support/acts.ts";
import { StandInHost } from "../standins/host.ts";
import { machineOf } from "../standins/machine.ts";
import { markOf } from "../../src/cmdline.ts";
import { Machine, applied } from "./machine.ts";

/** Does something with a recorded host of proxmox-boot-tool, which has such a spec. */
export function onEsps(name: string, spec: Omit<HostSpec, "apiVersion">) {
  return (work: (machine: Machine) => Promise<void>): Promise<void> =>
    inFolder((folder) => work(new Machine(folder, name, spec)));
}

export function tool({ root }: Machine, ...args: readonly string[]): void {
  expect(machineOf(root).run(["proxmox-boot-tool", ...args])).toMatchObject({ exitCode: 0 });
}

export function textOf({ root }: Machine, path: string): string {
  return readFileSync(join(root, path), "utf8");
}

export function refusals({ diagnostics }: Plan): string {
  const refused = diagnostics.filter(({ code }) => code === "trial-refused");
  return refused.map(({ summary, hint }) => `${summary} (${hint ?? ""})`).join("\n");
}

/** One of its programs ends well and does nothing. */
class IdleHost extends StandInHost {
  readonly #idle: RegExp;

  constructor(root: string, idle: RegExp) {
    super(root);
    this.#idle = idle;
  }

  override exec(argv: readonly string[], options: ExecOptions): Promise<ExecOutcome> {
    return this.#idle.test(argv.join(" "))
      ? Promise.resolve({ kind: "exited", exitCode: 0, tail: "" })
      : super.exec(argv, options);
  }
}

/** A trial that is not kept, with a refresh before its boot, in it and after it: it is taken back to the byte. */
export async function bootsOnce(machine: Machine, inItsBoot: () => void = () => undefined): Promise<void> {
  const before = await machine.next();
  const image = machine.image();
  expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
  tool(machine, "refresh");
  expect(markOf((await machine.reboot()).options)).toBe("trial");
  inItsBoot();
  tool(machine, "refresh");
  const again = await machine.reboot();
  expect(again.options).toBe(`${before.options} hostcfg.boot=before`);
  expect(again.release).toEqual(before.release);
  tool(machine, "refresh");
  expect((await machine.hostcfg("at-boot")).exit).toBe(EXIT.ok);
  expect(machine.image()).toBe(image);
  expect(await machine.next()).toEqual(before);
}

/** A try of which this program does nothing fails, and the next one ends it. */
export async function goesOnAfter(program: RegExp, why: RegExp, machine: Machine): Promise<void> {
  const host = new IdleHost(machine.root, program);
  expect(await applied(host, () => machine.trialPlan("person", host))).toMatch(why);
  expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
  expect((await machine.reboot()).options).toMatch(/ iommu=pt hostcfg\.boot=trial /);
}

/** A trial that is kept, and another one that is taken back. */
export async function triedTwice(machine: Machine): Promise<void> {
  expect(await applied(machine.host, () => machine.trialPlan("verification"))).toBe("applied");
  await machine.settle();
  await machine.reboot();
  machine.spec = { ...machine.spec, kernelOptions: { present: ["iommu=pt", "nosmt"] } };
  const before = await machine.next();
  expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
  expect((await machine.reboot()).options).toMatch(/iommu=pt nosmt hostcfg\.boot=trial/);
  expect(await machine.reboot()).toMatchObject({
    release: before.release,
    options: `${before.options} hostcfg.boot=before`,
  });
  expect((await machine.hostcfg("at-boot")).exit).toBe(EXIT.ok);
  expect(await machine.next()).toMatchObject({ entry: before.entry, options: before.options });
  expect(machine.image()).not.toContain("hostcfg-trial");
}
