import { existsSync } from "node:fs";
import type { Machine } from "./machine.ts";
import { movedProgram } from "./moved-program.ts";

const REACHED = "/run/gate-reached";
const OPEN = "/run/gate-open";
const WAIT = `touch ${REACHED}; until [ -e ${OPEN} ]; do sleep 0.05; done`;

/** A place where a running command waits until a test lets it go on. */
export class Gate {
  readonly #machine: Machine;

  private constructor(machine: Machine) {
    this.#machine = machine;
  }

  static async #put(machine: Machine, path: string, script: string): Promise<Gate> {
    // Synced, or a power cut would take the gate along.
    const put = 'printf %s "$1" >"$0"; chmod 755 "$0"; sync';
    await machine.must("sh", "-c", put, path, `#!/bin/sh\n${script}\n`);
    return new Gate(machine);
  }

  /** In dpkg's work on a kernel package: before the initrd is made. */
  static inDpkg(machine: Machine): Promise<Gate> {
    return Gate.#put(machine, "/etc/kernel/postinst.d/00-gate", WAIT);
  }

  /** In front of the first run of kernelstub, which is a hook's: the initrd is made then. */
  static async beforeKernelstub(machine: Machine): Promise<Gate> {
    const program = "/usr/bin/kernelstub";
    const real = await movedProgram(machine, program);
    return Gate.#put(machine, program, `${WAIT}\nexec ${real} "$@"`);
  }

  /** Resolves when a command has come to the gate. */
  async reached(): Promise<void> {
    while (!existsSync(this.#machine.path(REACHED))) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async open(): Promise<void> {
    await this.#machine.must("touch", OPEN);
  }
}
