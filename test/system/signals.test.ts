import { existsSync } from "node:fs";
import { describe, expect } from "vitest";
import { expectEndState } from "./rig/end-state.ts";
import { Gate } from "./rig/gate.ts";
import { HOSTCFG, STORY, mustHostcfg } from "./rig/hostcfg.ts";
import { playBoot } from "./rig/loader.ts";
import type { Machine } from "./rig/machine.ts";
import { it } from "./rig/machines.ts";

const APPLY = [...HOSTCFG, "apply", "--auto-approve"];
const EVENTS = "/var/lib/hostcfg/journal/0001/events.jsonl";
const EXIT = "/run/exit-code";

async function expectStoppedAfterTheStep(machine: Machine): Promise<void> {
  const events = machine.readText(EVENTS);
  expect(events).toContain('"event":"step-done","step":5');
  expect(events).toContain('"event":"interrupted"');
  expect(events).not.toContain('"event":"step-started","step":6');
  expect(await machine.must("dpkg", "--audit")).toBe("");
  expect(playBoot(machine).release).toBe("5.3.0-7625-generic");
  await mustHostcfg(machine, "apply", "--auto-approve");
  await expectEndState(machine);
}

/** Its own process: it is not there before hostcfg has ended. */
async function exitCode(machine: Machine): Promise<string> {
  while (!existsSync(machine.path(EXIT))) await new Promise((resolve) => setTimeout(resolve, 20));
  return machine.readText(EXIT).trim();
}

describe("a signal to the whole process group in the middle of dpkg's work", () => {
  it.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "stops after the step: %s",
    async (signal, { machine }) => {
      const gate = await Gate.inDpkg(machine);
      const apply = machine.start(APPLY, { cwd: STORY });
      await gate.reached();
      await apply.signal(signal);
      // Two at once would be one for the kernel.
      await apply.said("Stopping after this step");
      await apply.signal(signal);
      await apply.said("Still finishing this step");
      await gate.open();
      const { exitCode: exit, stderr } = await apply.ended;

      expect(exit).toBe(130);
      expect(stderr).toContain("Stopping after this step: what runs now is not cut.\n");
      expect(stderr).toContain("Still finishing this step, which is not cut: ");
      await expectStoppedAfterTheStep(machine);
    },
  );
});

describe("a terminal that is closed in the middle of dpkg's work", () => {
  /** script(1) gives it a terminal of its own, which hangs up when script is gone. */
  async function hungUp(machine: Machine, line: string): Promise<void> {
    const gate = await Gate.inDpkg(machine);
    const terminal = machine.start(["script", "--quiet", "--flush", "--command", line, "/dev/null"]);
    await gate.reached();
    await terminal.signal("SIGKILL");
    await terminal.ended;
    // Long enough for the running step's seconds to be drawn on the terminal that is gone.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await gate.open();
  }

  it("stops hostcfg after the step, as ^C does", async ({ machine }) => {
    // The leader of the terminal's session is who gets SIGHUP.
    await hungUp(machine, `cd ${STORY}; exec ${APPLY.join(" ")}`);
    await machine.must("sh", "-c", "while pidof node >/dev/null; do sleep 0.05; done");

    await expectStoppedAfterTheStep(machine);
  });

  it("is not missed by one that hears nothing of it: it comes to its end, and well", async ({ machine }) => {
    const end = `echo $? >${EXIT}.new; mv ${EXIT}.new ${EXIT}`;
    await hungUp(machine, `cd ${STORY}; trap : HUP; ${APPLY.join(" ")}; ${end}`);

    expect(await exitCode(machine)).toBe("0");
    await expectEndState(machine);
  });
});
