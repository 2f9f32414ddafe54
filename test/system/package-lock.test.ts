import { describe, expect } from "vitest";
import { expectEndState } from "./rig/end-state.ts";
import { HOSTCFG, PRODUCT, STORY, hostcfg } from "./rig/hostcfg.ts";
import type { Machine, Running } from "./rig/machine.ts";
import { it } from "./rig/machines.ts";
import { succeeded } from "./rig/ran.ts";

const APPLY = [...HOSTCFG, "apply", "--auto-approve"];
const FRONT_END = "/var/lib/dpkg/lock-frontend";
const REACHED = "/run/busy-reached";
const OPEN = "/run/busy-open";

/** Builds a package that has nothing to do with the story and whose installation waits until {@link OPEN} is there. */
const BUILD = `mkdir -p /root/busy/DEBIAN && cd /root/busy/DEBIAN
printf 'Package: busy\\nVersion: 1\\nArchitecture: all\\nMaintainer: nobody <nobody@example.org>\\nDescription: takes its time\\n' >control
printf '#!/bin/sh\\ntouch ${REACHED}; until [ -e ${OPEN} ]; do sleep 0.05; done\\n' >postinst
chmod 755 postinst && dpkg-deb --build /root/busy /root/busy.deb`;

/** Starts somebody else's installation and answers once it is in the middle of its work. */
async function busy(machine: Machine, argv: readonly string[]): Promise<Running> {
  await machine.must("sh", "-c", BUILD);
  const running = machine.start(argv);
  await machine.must("sh", "-c", `until [ -e ${REACHED} ]; do sleep 0.05; done`);
  return running;
}

describe("an apply while another program works on the packages", () => {
  it.for([
    ["apt-get", ["apt-get", "--yes", "install", "/root/busy.deb"]],
    ["dpkg", ["dpkg", "--install", "/root/busy.deb"]],
  ] as const)(
    "waits for %s, names it, and goes on once it has ended",
    async ([program, argv], { machine }) => {
      const other = await busy(machine, argv);
      const apply = machine.start(APPLY, { cwd: STORY });
      await apply.said("waiting for the package manager");
      expect((await machine.run(["test", "-e", "/var/lib/hostcfg/journal"])).exitCode).toBe(1);
      await machine.must("touch", OPEN);

      await succeeded(other.ended, argv);
      const { stderr } = await succeeded(apply.ended, APPLY);
      expect(stderr).toMatch(
        new RegExp(
          `^waiting for the package manager: ${program} \\(pid \\d+\\) holds ${FRONT_END}, 0 s of 120 s$`,
          "m",
        ),
      );
      const events = machine.readText("/var/lib/hostcfg/journal/0001/events.jsonl");
      expect(events).toMatch(
        new RegExp(`"event":"waited","lock":"${FRONT_END}","holder":\\{"pid":\\d+,"program":"${program}"`),
      );
      expect(await machine.must("dpkg", "--audit")).toBe("");
      await machine.must("dpkg", "--purge", "busy");
      await expectEndState(machine);
    },
  );

  it("gives up at the limit with 75, changes nothing, and says who it was", async ({ machine }) => {
    const other = await busy(machine, ["apt-get", "--yes", "install", "/root/busy.deb"]);
    const ran = await hostcfg(machine, "apply", "--auto-approve", "--lock-timeout", "2");
    const atOnce = await hostcfg(machine, "apply", "--auto-approve", "--lock-timeout", "0", "--json");
    await machine.must("touch", OPEN);
    await other.ended;

    expect(ran.exitCode).toBe(75);
    expect(ran.stderr).toMatch(
      new RegExp(
        `error: the package manager is at work: apt-get \\(pid \\d+\\) holds ${FRONT_END}, still after 2 s; nothing was changed\\nhint: `,
      ),
    );
    expect(atOnce.exitCode).toBe(75);
    expect(JSON.parse(atOnce.stdout)).toMatchObject({
      outcome: { status: "busy", lock: FRONT_END, holder: { program: "apt-get" } },
    });
    expect((await machine.run(["test", "-e", "/var/lib/hostcfg/journal"])).exitCode).toBe(1);
  });

  it("ends at once on ^C while it waits", async ({ machine }) => {
    const other = await busy(machine, ["apt-get", "--yes", "install", "/root/busy.deb"]);
    const apply = machine.start(APPLY, { cwd: STORY });
    await apply.said("waiting for the package manager");
    await apply.signal("SIGINT");
    // The other one holds the lock all the time.
    const { exitCode, stderr } = await apply.ended;

    expect(exitCode).toBe(130);
    expect(stderr).toContain("Stopping.\n");
    await machine.must("touch", OPEN);
    await other.ended;
  });

  it("sees who holds the lock of another root", async ({ machine }) => {
    const other = await busy(machine, ["dpkg", "--install", "/root/busy.deb"]);
    const argv = ["--root", machine.mount, "--chroot", "--auto-approve", "--lock-timeout", "0"];
    const ran = await machine.run(
      [
        process.execPath,
        `${machine.mount}${PRODUCT}/dist/hostcfg.js`,
        "apply",
        `${machine.mount}${STORY}/host.yaml`,
        ...argv,
      ],
      { outside: true },
    );
    await machine.must("touch", OPEN);
    await other.ended;

    expect(ran).toMatchObject({ exitCode: 75 });
    expect(ran.stderr).toMatch(/dpkg \(pid \d+\) holds \/var\/lib\/dpkg\/lock-frontend/);
  });
});
