import { describe, expect } from "vitest";
import { expectEndState } from "./rig/end-state.ts";
import { HOSTCFG, STORY, hostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import type { Ran } from "./rig/ran.ts";
import { it } from "./rig/machines.ts";
import { differences, manifestOf } from "./rig/manifest.ts";

describe("apply without --auto-approve", () => {
  it("asks on the terminal and carries the plan out for a yes", async ({ machine }) => {
    const { exitCode, stdout } = await onTerminal(machine, "yes\n");

    expect(stdout).toContain("Carry out 15 steps on this host?");
    expect(exitCode).toBe(0);
    await expectEndState(machine);
  });

  it("changes nothing for any other answer", async ({ machine }) => {
    const before = manifestOf(machine);
    const { exitCode, stdout } = await onTerminal(machine, "y\n");

    expect(stdout).toContain("Not approved: nothing was changed.");
    expect(exitCode).toBe(1);
    expect(differences(before, manifestOf(machine))).toEqual([]);
  });

  it("changes nothing where there is no terminal to ask on", async ({ machine }) => {
    const before = manifestOf(machine);
    const { exitCode, stderr } = await hostcfg(machine, "apply");

    expect(stderr).toContain("--auto-approve");
    expect(exitCode).toBe(1);
    expect(differences(before, manifestOf(machine))).toEqual([]);
  });
});

/** script(1) gives the command a terminal of its own and types the answer; its output has both streams. */
function onTerminal(machine: Machine, answer: string): Promise<Ran> {
  const command = [...HOSTCFG, "apply", "--no-color"].join(" ");
  return machine.run(["script", "--quiet", "--return", "--command", command, "/dev/null"], {
    cwd: STORY,
    input: answer,
  });
}
