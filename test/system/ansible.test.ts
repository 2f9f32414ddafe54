import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Fleet } from "./rig/fleet.ts";
import { FIRST_BOOT } from "./rig/grub.ts";
import { differences, manifestOf } from "./rig/manifest.ts";
import type { Ran } from "./rig/ran.ts";
import { traceOf } from "./rig/trace.ts";

const HOSTS = ["node1", "node2", "node3"];

interface Told {
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
}

/** What Ansible sums up, of each host that it came to. */
function recapOf({ stdout }: Ran): Record<string, Told> {
  const lines = stdout.slice(stdout.indexOf("PLAY RECAP")).matchAll(/^(\S+) +: (.*)$/gm);
  return Object.fromEntries(
    [...lines].map(([, host = "", counts = ""]) => {
      const of = (what: string): number => Number(new RegExp(`\\b${what}=(\\d+)`).exec(counts)?.[1]);
      return [host, { ok: of("ok"), changed: of("changed"), unreachable: of("unreachable"), failed: of("failed") }];
    }),
  );
}

function inventory(fleet: Fleet, options: string): string {
  return `hypervisors:
  vars:
    hostcfg_deb: ${fleet.deb}
    hostcfg_reboot: true
    hostcfg_spec:
      apiVersion: hostcfg/v1
      hostname: "{{ inventory_hostname }}"
      kernelOptions: ${options}
  hosts:
    node1:
    node2:
    node3:
      hostcfg_deb: ""
      hostcfg_executable: ${fleet.executable}
`;
}

describe("a fleet by Ansible", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.boot(HOSTS);
    fleet.file("hosts.yml", inventory(fleet, "{ present: [iommu=pt] }"));
  }, 600_000);
  afterAll(async () => {
    await fleet.discard();
  });
  const play = (...args: readonly string[]) => fleet.ansible("ansible-playbook", "-i", "hosts.yml", "site.yml", ...args);

  it("first", async () => {
    const ran = await play();
    console.log(ran.stdout, ran.stderr, recapOf(ran));
    expect(ran.exitCode).toBe(0);
  }, 600_000);
  it("second", async () => {
    const before = manifestOf(fleet.machine("node1"));
    const ran = await play();
    console.log(ran.stdout, ran.stderr);
    expect(ran.exitCode).toBe(0);
    console.log(differences(before, manifestOf(fleet.machine("node1"))));
  });
  it("check", async () => {
    fleet.file("hosts.yml", inventory(fleet, "{ present: [iommu=pt], absent: [quiet] }"));
    fleet.traceConnections("node1");
    const before = manifestOf(fleet.machine("node1"));
    const ran = await play("--check", "--diff");
    console.log(ran.stdout, ran.stderr);
    expect(ran.exitCode).toBe(0);
    console.log(differences(before, manifestOf(fleet.machine("node1"))));
    const { mutations, started } = traceOf(fleet.machine("node1"));
    console.log([...new Set(mutations.map(m => `${m.call} ${m.paths.join(" ")}`))].join("\n"));
    console.log(started.map(s => s.join(" ").slice(0,150)).join("\n"));
  });
  it("bad", async () => {
    fleet.pick("node2", FIRST_BOOT);
    const before = manifestOf(fleet.machine("node3"));
    const ran = await play();
    console.log(ran.stdout, ran.stderr);
    expect(ran.exitCode).toBe(2);
    console.log(differences(before, manifestOf(fleet.machine("node3"))));
  });
  it("mended", async () => {
    fleet.unpick("node2");
    const ran = await play();
    console.log(ran.stdout, ran.stderr);
    expect(ran.exitCode).toBe(0);
  });
  it("mistake", async () => {
    fleet.file("hosts.yml", inventory(fleet, "{ presnt: [iommu=pt] }"));
    console.log((await play("--limit", "node3")).stdout);
    const ad = (...words: string[]) => fleet.ansible("ansible", "node3", "-i", "hosts.yml", "-m", "hostcfg.hostcfg.hostcfg", ...words);
    console.log((await ad("-a", "executable=nothing")).stdout);
    const lock = fleet.machine("node3").start(["flock", "/var/lib/hostcfg/lock", "sleep", "15"]);
    console.log((await ad()).stdout);
    await lock.signal("SIGTERM");
  });
});
