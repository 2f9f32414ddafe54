import { beforeAll, describe, expect } from "vitest";
import { expectEndState } from "./rig/end-state.ts";
import { Gate } from "./rig/gate.ts";
import { HOSTCFG, STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import { playBoot } from "./rig/loader.ts";
import type { Machine } from "./rig/machine.ts";
import { succeeded } from "./rig/ran.ts";
import { Descriptors } from "./rig/trace.ts";
import { bootStory, it } from "./rig/machines.ts";

const APPLY = [...HOSTCFG, "apply", "--auto-approve"];

const GATES = [
  ["in the middle of dpkg's work", (machine: Machine) => Gate.inDpkg(machine)],
  ["once kernelstub's hook has begun in dpkg's", (machine: Machine) => Gate.beforeKernelstub(machine)],
] as const;

/** What an apply renames last before it is killed, and how that path ends. */
const RENAMES = [
  ["the plan is in the journal", "/plan.json"],
  ["the packages are copied", ".deb"],
  ["the first link is moved", "/boot/vmlinuz"],
  ["the second link is moved", "/boot/initrd.img"],
  ["the kernel is copied to the ESP", "/EFI/hostcfg/5.3.0-acso/vmlinuz"],
  ["the initrd is copied to the ESP", "/EFI/hostcfg/5.3.0-acso/initrd.img"],
  ["a hook is written", "/etc/kernel/prerm.d/zzz-hostcfg"],
  ["the entry is written", "/loader/entries/hostcfg-5.3.0-acso.conf"],
  ["the default is changed", "/loader/loader.conf"],
] as const;
/** test:cuts stops at every call of this apply; here every eighth one is killed, with `FAULTS=all` each. */
const KILLED = RENAMES.filter((_, index) => process.env["FAULTS"] === "all" || index % 8 === 0);

describe("an apply that is killed", () => {
  // strace counts calls and knows no path of a rename's goal, so the calls are rehearsed once on another machine.
  let renames: readonly string[];
  beforeAll(async () => {
    renames = await rehearseRenames();
  });

  it.for(KILLED)(
    "before %s leaves a host that boots, and the next apply finishes",
    async ([, goal], { machine }) => {
      const when = renames.findIndex((path) => path.endsWith(goal)) + 1;
      const kill = `--inject=rename:signal=SIGKILL:when=${when}`;
      const killed = await machine.run(["strace", kill, "--output=/dev/null", "--", ...APPLY], {
        cwd: STORY,
      });

      expect(killed.exitCode).toBe(137);
      expect(playBoot(machine).release).toBe("5.3.0-7625-generic");
      await mustHostcfg(machine, "apply", "--auto-approve");
      await expectEndState(machine);
    },
  );

  it.for(GATES)("%s, with all that it started, leaves the same", async ([, putGate], { machine }) => {
    const gate = await putGate(machine);
    const apply = machine.start(APPLY, { cwd: STORY });
    await gate.reached();
    await machine.killAll();

    expect((await apply.ended).exitCode).toBe(137);
    expect(playBoot(machine).release).toBe("5.3.0-7625-generic");
    await gate.open();
    await mustHostcfg(machine, "apply", "--auto-approve");
    await expectEndState(machine);
  });

  it("alone lets dpkg come to its end", async ({ machine }) => {
    const gate = await Gate.inDpkg(machine);
    const apply = machine.start(APPLY, { cwd: STORY });
    await gate.reached();
    await apply.signal("SIGKILL");
    await apply.ended;
    await gate.open();
    await machine.must("sh", "-c", "while pidof dpkg >/dev/null; do sleep 0.05; done");

    expect(await machine.must("dpkg", "--audit")).toBe("");
    expect(playBoot(machine).release).toBe("5.3.0-7625-generic");
    await mustHostcfg(machine, "apply", "--auto-approve");
    await expectEndState(machine);
  });
});

describe("a power cut", () => {
  it.for(GATES)("%s loses nothing that a link or an entry names", async ([, putGate], { machine }) => {
    const gate = await putGate(machine);
    const apply = machine.start(APPLY, { cwd: STORY });
    await gate.reached();
    await machine.cutPower();
    await apply.ended;
    await machine.powerOn();

    expect(playBoot(machine).release).toBe("5.3.0-7625-generic");
    await gate.open();
    await mustHostcfg(machine, "apply", "--auto-approve");
    await expectEndState(machine);
  });

  it("right after an apply has ended takes nothing of it back", async ({ machine }) => {
    await mustHostcfg(machine, "apply", "--auto-approve");
    await machine.cutPower();
    await machine.powerOn();

    await expectEndState(machine);
  });
});

describe("an interrupt", () => {
  it("lets the running step finish, and the next apply does the rest", async ({ machine }) => {
    const gate = await Gate.inDpkg(machine);
    const apply = machine.start(APPLY, { cwd: STORY });
    await gate.reached();
    await apply.signal("SIGINT");
    await gate.open();
    const { exitCode, stderr } = await apply.ended;

    expect(exitCode).toBe(130);
    expect(stderr).toContain("/var/lib/hostcfg/journal/0001");
    expect(machine.readText("/var/lib/hostcfg/journal/0001/events.jsonl")).toContain('"event":"interrupted"');
    expect(await machine.must("dpkg", "--audit")).toBe("");
    expect(playBoot(machine).release).toBe("5.3.0-7625-generic");
    await mustHostcfg(machine, "apply", "--auto-approve");
    await expectEndState(machine);
  });
});

describe("a second apply at the same time", () => {
  it("ends at once with 75 and leaves the first alone", async ({ machine }) => {
    const gate = await Gate.inDpkg(machine);
    const first = machine.start(APPLY, { cwd: STORY });
    await gate.reached();

    const second = await hostcfg(machine, "apply", "--auto-approve");
    await gate.open();
    expect(second).toMatchObject({ exitCode: 75 });
    await succeeded(first.ended, APPLY);
    await expectEndState(machine);
  });
});

/** Where hostcfg itself (not what it starts) renames something to during an apply, in order. */
async function rehearseRenames(): Promise<readonly string[]> {
  const machine = await bootStory();
  try {
    const log = "/run/renames";
    const strace = ["strace", "--trace=rename,openat", "--decode-fds=path", `--output=${log}`];
    await machine.run([...strace, "--", ...APPLY], { cwd: STORY });
    const descriptors = new Descriptors();
    return machine
      .readText(log)
      .split("\n")
      .flatMap((line) => {
        descriptors.opened(/^openat\(.*\) = (\d+<.*>)$/.exec(line)?.[1] ?? "");
        const goal = /^rename\(".*", "(.*)"\)/.exec(line)?.[1];
        return goal === undefined ? [] : [descriptors.resolve(goal)];
      });
  } finally {
    await machine.discard();
  }
}
