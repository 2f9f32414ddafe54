import { describe, expect, it } from "vitest";
import { ENGINE } from "../../src/cli/engine.ts";
import type { Capture } from "../../src/host/capture.ts";
import type { Plan, Verification } from "../../src/model/index.ts";
import validateRecord from "../../src/verify-at-boot/validate-record.gen.js";
import * as health from "../support/health.ts";
import type { Patch } from "../support/planning.ts";
import { patched } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";
import { IPV4_DEFAULT, routesOf } from "../support/routes.ts";
import { runWith } from "./fakes.ts";

const { ANSWERED, SILENT, UNITS, missing, neighbour, ping, said, unit } = health;
const { capture } = recordedHost("pop-x570");
const MOUNTS =
  Object.keys(capture.paths).find((path) => /^\/proc\/.*mounts$/.test(path)) ?? "/proc/self/mounts";
const LINES = capture.paths[MOUNTS]?.text ?? "";
const SPEC = `apiVersion: hostcfg/v1
health:
  units: [ssh.service, docker.service]
  gateway: true
  mounted: { atLeast: 1, of: [/srv/a, /srv/b] }
`;

const WELL = {
  ssh: UNITS.running,
  docker: UNITS.running,
  gateway: [ping(said(ANSWERED))],
  mounts: "/dev/sdb1 /srv/a ext4 rw 0 0\n",
  routes: [IPV4_DEFAULT],
};

function host(how: Partial<typeof WELL> = {}): Capture {
  const { ssh, docker, gateway, mounts, routes } = { ...WELL, ...how };
  const places: Patch = {
    "/srv/b": { kind: "directory", entries: [] },
    "/srv/a": { kind: "directory", entries: [] },
  };
  const { queries, ...rest } = patched(capture, {
    ...(routesOf(routes) as Patch),
    [MOUNTS]: LINES + mounts,
    // It was recorded without a default route, so its cards were not asked for all that one leads to.
    "/sys/class/net": null,
    ...places,
  });
  const asked = [unit("ssh.service", said(ssh)), unit("docker.service", said(docker)), ...gateway];
  return { ...rest, queries: [...queries, ...asked] };
}

const run = (line: string, on: Capture) => runWith(ENGINE, line, { files: { "host.yaml": SPEC }, host: on });

async function judged(on: Capture) {
  const { exit, stdout } = await run("verify --json", on);
  const verification = JSON.parse(stdout) as Verification;
  const found = verification.findings.map(({ address, status, reason }) => [address, [status, reason]]);
  return { exit, verification, findings: Object.fromEntries(found) as Record<string, unknown> };
}

describe("hostcfg verify of a spec with health", () => {
  it("is satisfied by a host that is well", async () => {
    const { exit, findings, verification } = await judged(host());
    expect(findings).toEqual({
      "health.units.ssh.service": ["satisfied", "it is active (running)"],
      "health.units.docker.service": ["satisfied", "it is active (running)"],
      "health.gateway": ["satisfied", "192.0.2.1 on v0 answers"],
      "health.mounted": ["satisfied", "1 of 2 are mounted, at least 1 must be; not mounted: /srv/b"],
    });
    expect([exit, verification.status]).toEqual([0, "satisfied"]);
    expect((await run("verify", host())).stdout).toContain("Satisfied: this host matches the spec (4 of 4).");
  });

  it.each([
    ["failed", "it is failed (failed)"],
    ["starting", "not yet: it is activating (start)"],
    ["again", "it has ended and is to be started again: activating (auto-restart)"],
    ["stopped", "it is inactive (dead)"],
    ["queued", "not yet: it is inactive (dead), and a job for it waits"],
    ["masked", "it is masked"],
    ["missing", "there is no such unit"],
  ] as const)("is unsatisfied where a unit is not active: %s", async (state, reason) => {
    const { exit, findings } = await judged(host({ docker: UNITS[state] }));
    expect(findings["health.units.docker.service"]).toEqual(["unsatisfied", reason]);
    expect(exit).toBe(2);
  });

  it("is unsatisfied where the gateway is silent, there is no default route, or too little is mounted", async () => {
    const silent = await judged(host({ gateway: [ping(said(SILENT, 1))] }));
    expect(silent.findings["health.gateway"]).toEqual(["unsatisfied", "192.0.2.1 on v0: no answer"]);
    const cut = await judged(host({ routes: [] }));
    expect(cut.findings["health.gateway"]).toEqual(["unsatisfied", "there is no default route"]);
    const away = await judged(host({ mounts: "" }));
    expect(away.findings["health.mounted"]).toEqual([
      "unsatisfied",
      "0 of 2 are mounted, at least 1 must be; not mounted: /srv/a, /srv/b",
    ]);
    expect([silent.exit, cut.exit, away.exit]).toEqual([2, 2, 2]);
  });

  it("is unknown, with a remedy, where nobody can tell", async () => {
    const gateway = [ping(missing("ping")), neighbour(said(""))];
    const { exit, findings } = await judged(host({ gateway }));
    expect(findings["health.gateway"]).toEqual([
      "unknown",
      "192.0.2.1 on v0: ping is not installed; ip neigh shows nothing of it; to know it, install ping and run hostcfg as root on the running host",
    ]);
    expect(exit).toBe(4);
  });

  it("is unknown on a capture from before, and nothing else is asked there", async () => {
    const { exit, findings } = await judged(capture);
    expect(findings["health.units.ssh.service"]).toEqual([
      "unknown",
      "the capture does not hold the state of ssh.service",
    ]);
    expect(exit).not.toBe(0);
  });

  it("keeps what `status` can read back", async () => {
    const { verification } = await judged(host({ ssh: UNITS.failed }));
    const record = {
      formatVersion: "1.0",
      hostcfgVersion: "0.0.0",
      at: "2026-01-02T03:04:05Z",
      bootId: { known: false, why: "not in this test" },
      release: { known: false, why: "not in this test" },
      spec: { path: "/host.yaml", sha256: verification.spec.sha256 },
      verdict: verification.status,
      findings: verification.findings,
    };
    expect(validateRecord(record), JSON.stringify(validateRecord.errors)).toBe(true);
  });
});

describe("hostcfg plan of a spec with health", () => {
  it("asks nothing, changes nothing, and says so", async () => {
    const unasked = { ...ENGINE, readHealth: () => Promise.reject(new Error("it was asked")) };
    const session = { files: { "host.yaml": SPEC }, host: capture };
    const { exit, stdout } = await runWith(unasked, "plan --json", session);
    const plan = JSON.parse(stdout) as Plan;
    expect([exit, plan.changes, plan.steps, plan.requirements]).toEqual([0, [], [], []]);
    expect(plan.unchanged).toEqual([
      { address: "health", reason: "hostcfg changes nothing for it; verify judges it" },
    ]);
  });
});

describe("hostcfg capture of a spec with health", () => {
  it("records what was asked, so that verify says the same elsewhere, and no card's address", async () => {
    const card = "02:a3:33:c1:ef:8c";
    const gateway = [ping(missing("ping")), neighbour(said(`192.0.2.1 lladdr ${card} REACHABLE \n`))];
    const on = host({ docker: UNITS.failed, gateway });
    const { stdout } = await run("capture", on);
    expect(stdout).not.toContain(card);
    expect(await judged(JSON.parse(stdout) as Capture)).toEqual(await judged(on));
  });

  it("asks nothing of it without a spec that does", async () => {
    const { stdout } = await runWith(ENGINE, "capture", { files: {}, host: host() });
    expect(stdout).not.toContain("systemctl");
  });
});
