import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { ExecOptions, ExecOutcome } from "../../src/host/host.ts";
import type { Plan } from "../../src/model/index.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { inFolder } from "../faults/support/acts.ts";
import { StandInHost } from "../standins/host.ts";
import { machineOf } from "../standins/machine.ts";
import { Machine } from "./machine.ts";

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
export class IdleHost extends StandInHost {
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
