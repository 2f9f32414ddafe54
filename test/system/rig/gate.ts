import { existsSync } from "node:fs";
import type { Machine } from "./machine.ts";

const REACHED = "/run/gate-reached";
const OPEN = "/run/gate-open";
const WAIT = `touch ${REACHED}; until [ -e ${OPEN} ]; do sleep 0.05; done`;

/** A place where a running command waits until a test lets it go on. */
export class Gate {
  readonly #machine: Machine;

  private constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** In dpkg's work on a kernel package: before the initrd is made. */
  static async inDpkg(machine: Machine): Promise<Gate> {
    const hook = "/etc/kernel/postinst.d/00-gate";
    await machine.must("sh", "-c", `printf '#!/bin/sh\\n%s\\n' '${WAIT}' >${hook}; chmod 755 ${hook}`);
    return new Gate(machine);
  }

  /** In front of hostcfg's own call of kernelstub, which names the kernel; the hooks' calls pass. */
  static async beforeKernelstub(machine: Machine): Promise<Gate> {
    const script = `#!/bin/sh\ncase $* in *--kernel-path*) ${WAIT};; esac\nexec /usr/bin/kernelstub.real "$@"\n`;
    await machine.must("mv", "/usr/bin/kernelstub", "/usr/bin/kernelstub.real");
    await machine.must(
      "sh",
      "-c",
      'printf %s "$0" >/usr/bin/kernelstub; chmod 755 /usr/bin/kernelstub',
      script,
    );
    return new Gate(machine);
  }

  /** Resolves when a command has come to the gate. */
  async reached(): Promise<void> {
    while (!existsSync(this.#machine.path(REACHED))) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async open(): Promise<void> {
    await this.#machine.must("touch", OPEN);
  }
}
