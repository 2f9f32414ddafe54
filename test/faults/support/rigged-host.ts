import type { ExecOptions, ExecOutcome } from "../../../src/host/host.ts";
import { StandInHost } from "../../standins/host.ts";
import type { Faults } from "../../standins/machine.ts";
import { FaultyCalls } from "./faulty-calls.ts";

/** A folder as a host on which each change is a call of {@link FaultyCalls}, the start of a program one of them. */
export class RiggedHost extends StandInHost {
  readonly calls: FaultyCalls;

  constructor(root: string, calls = new FaultyCalls(), faults: Faults = {}) {
    super(root, {
      calls,
      faults,
      moment: (about) => {
        calls.inside(about);
      },
    });
    this.calls = calls;
  }

  override async exec(argv: readonly string[], options: ExecOptions): Promise<ExecOutcome> {
    const errno = this.calls.execFailure(argv);
    // As src/host/command.ts answers where spawn fails.
    if (errno !== undefined)
      return { kind: "not-run", why: `${argv[0] ?? ""} could not be started (${errno})` };
    const outcome = await super.exec(argv, options);
    this.calls.executed();
    return outcome;
  }
}
