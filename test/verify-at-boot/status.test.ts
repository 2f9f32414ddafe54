import { describe, expect, it } from "vitest";
import type { VerificationRecord } from "../../src/model/index.ts";
import type { StatusFacts, StatusWord, VerifyAtBoot } from "../../src/verify-at-boot/status.ts";
import { judgeStatus, readStatus } from "../../src/verify-at-boot/status.ts";
import { readHistory } from "../../src/journal/history.ts";
import { UNIT, WANTED, WANTED_TARGET, unitText } from "../../src/verify-at-boot/unit.ts";
import type { Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";
import { COMMAND } from "../support/verify-at-boot.ts";

const yes = { known: true, value: true } as const;
const no = { known: true, value: false } as const;
const unknown = { known: false, why: "not in this test" } as const;

const RECORD: VerificationRecord = {
  formatVersion: "1.0",
  hostcfgVersion: "0.1.0",
  at: "2026-01-02T03:04:05.000Z",
  bootId: { known: true, value: "b-1" },
  release: { known: true, value: "6.1.0" },
  spec: { path: COMMAND.spec, sha256: "a".repeat(64) },
  verdict: "satisfied",
  findings: [],
};
const ENABLED: VerifyAtBoot = { state: "enabled", spec: COMMAND.spec };

function facts(change: Partial<StatusFacts> = {}): StatusFacts {
  return {
    running: { bootId: { known: true, value: "b-1" }, release: unknown, cmdline: unknown },
    verifyAtBoot: ENABLED,
    verification: { known: true, value: { record: RECORD, ofThisBoot: yes, spec: "unchanged" } },
    damaged: [],
    reboot: no,
    ...change,
  };
}

const verified = (
  record: Partial<VerificationRecord>,
  ofThisBoot: StatusFacts["reboot"] = yes,
  spec: "unchanged" | "changed" | "missing" = "unchanged",
): Partial<StatusFacts> => ({
  verification: { known: true, value: { record: { ...RECORD, ...record }, ofThisBoot, spec } },
});

const CUT = {
  id: "0007",
  result: "cut",
  steps: {},
  commandsEnded: [],
  kept: {},
  left: {},
  damage: [],
} as const;
const NEVER = (({ verification: _, ...rest }) => rest)(facts());

describe("the status", () => {
  it.each<[string, StatusFacts, StatusWord, string | undefined]>([
    ["satisfied in this boot", facts(), "satisfied", undefined],
    ["unsatisfied in this boot", facts(verified({ verdict: "unsatisfied" })), "unsatisfied", "not met"],
    ["no verdict in this boot", facts(verified({ verdict: "failed", why: "gone" })), "unsatisfied", "gone"],
    [
      "its unit is running",
      facts({ ...verified({ verdict: "unsatisfied" }), verifyAtBoot: { ...ENABLED, running: true } }),
      "unknown",
      "running now",
    ],
    ["pending in this boot", facts(verified({ verdict: "pending" })), "pending", "for a reboot"],
    ["unknown in this boot", facts(verified({ verdict: "unknown" })), "unknown", "could not be checked"],
    [
      "unsatisfied in an earlier boot",
      facts(verified({ verdict: "unsatisfied" }, no)),
      "unknown",
      "verify has not run since this boot",
    ],
    [
      "satisfied in the last boot of a root that is not running",
      facts(verified({}, unknown)),
      "satisfied",
      undefined,
    ],
    ["enabled, and never run", NEVER, "unknown", "verify has not run since it was enabled"],
    ["not enabled, and never run", { ...NEVER, verifyAtBoot: { state: "disabled" } }, "satisfied", undefined],
    [
      "not enabled any more, and unsatisfied in an earlier boot",
      facts({ ...verified({ verdict: "unsatisfied" }, no), verifyAtBoot: { state: "disabled" } }),
      "satisfied",
      undefined,
    ],
    [
      "not enabled, and unsatisfied in this boot",
      facts({ ...verified({ verdict: "unsatisfied" }), verifyAtBoot: { state: "disabled" } }),
      "unsatisfied",
      "not met",
    ],
    ["a spec that was changed since", facts(verified({}, yes, "changed")), "unknown", "was changed since"],
    ["a spec that is gone since", facts(verified({}, yes, "missing")), "unknown", "is gone since"],
    [
      "another spec than that of the unit",
      facts(verified({ spec: { path: "/other.yaml" } })),
      "unknown",
      "was of /other.yaml, not of /etc/hostcfg/host.yaml",
    ],
    [
      "a damaged record",
      facts({ verification: unknown }),
      "unknown",
      "record of the last verification is damaged",
    ],
    [
      "a unit that cannot work",
      facts({ verifyAtBoot: { state: "broken", why: "x" } }),
      "unsatisfied",
      "cannot work: x",
    ],
    ["an apply that was cut", facts({ unfinished: CUT }), "unsatisfied", "apply 0007 has no end"],
    ["a reboot that is awaited", facts({ reboot: yes }), "pending", "at the next boot"],
    ["a reboot of which nothing is known", facts({ reboot: unknown }), "satisfied", undefined],
  ])("of a host with %s", (_, given, word, reason) => {
    const { status, reasons } = judgeStatus(given);
    expect(status).toBe(word);
    expect(reasons[0]?.text ?? "").toContain(reason ?? "");
    expect(reasons.length > 0).toBe(reason !== undefined);
  });

  it("is the worst of several, which comes first", () => {
    const { status, reasons } = judgeStatus(
      facts({ ...verified({ verdict: "unknown" }), reboot: yes, unfinished: CUT }),
    );
    expect(status).toBe("unsatisfied");
    expect(reasons.map((reason) => reason.status)).toEqual(["unsatisfied", "pending", "unknown"]);
  });
});

const HOST: Record<string, Content> = {
  "/proc/sys/kernel/random/boot_id": "b-1\n",
  [COMMAND.executable]: "x",
  [COMMAND.script]: "x",
  [COMMAND.spec]: "x",
  [UNIT]: unitText(COMMAND),
  [WANTED]: { link: WANTED_TARGET },
  "/usr/lib/systemd/systemd": "x",
  "/var/lib/hostcfg": { folder: true },
};

async function read(files: Record<string, Content>, without: readonly string[] = []) {
  const reader = readerOf(
    Object.fromEntries(Object.entries({ ...HOST, ...files }).filter(([path]) => !without.includes(path))),
  );
  return readStatus(reader, await readHistory(reader));
}

describe("verify at boot", () => {
  it.each(["", "/unified", "/systemd"])(
    "runs as long as its unit has a process (/sys/fs/cgroup%s)",
    async (hierarchy) => {
      const processes = `/sys/fs/cgroup${hierarchy}/system.slice/hostcfg-verify.service/cgroup.procs`;
      expect((await read({ [processes]: "812\n" })).verifyAtBoot).toEqual({ ...ENABLED, running: true });
      expect((await read({ [processes]: "" })).verifyAtBoot).toEqual(ENABLED);
    },
  );

  it.each<[string, Record<string, Content>, readonly string[], VerifyAtBoot]>([
    ["as hostcfg sets it up", {}, [], ENABLED],
    ["that was never set up", {}, [UNIT, WANTED], { state: "disabled" }],
    [
      "that systemctl disabled",
      {},
      [WANTED],
      { ...ENABLED, state: "disabled", why: "its unit is there, but nothing starts it" },
    ],
    [
      "that is masked",
      { [UNIT]: { link: "/dev/null" } },
      [],
      { state: "disabled", why: `${UNIT} is masked` },
    ],
    [
      "of somebody else",
      { [UNIT]: "[Service]\n" },
      [],
      { state: "disabled", why: `${UNIT} is not hostcfg's` },
    ],
    [
      "that runs what only systemd knows",
      { [UNIT]: unitText(COMMAND).replace("--record ", "--record %E") },
      [],
      { state: "enabled", why: `${UNIT} was edited, and what it runs is not clear` },
    ],
    ["without its unit", {}, [UNIT], { state: "broken", why: `${UNIT} is to be started, and is not there` }],
    [
      "without its spec",
      {},
      [COMMAND.spec],
      { ...ENABLED, state: "broken", why: `${COMMAND.spec} is not there` },
    ],
    [
      "without Node",
      {},
      [COMMAND.executable],
      { ...ENABLED, state: "broken", why: `${COMMAND.executable} is not there` },
    ],
  ])("%s", async (_, files, without, verifyAtBoot) => {
    expect((await read(files, without)).verifyAtBoot).toEqual(verifyAtBoot);
  });
});

const journal = (id: string, event: object, plan: object): Record<string, Content> => ({
  [`/var/lib/hostcfg/journal/${id}/events.jsonl`]: `${JSON.stringify({ event: "apply-started", spec: "0", ...event })}\n{"event":"applied"}\n`,
  [`/var/lib/hostcfg/journal/${id}/plan.json`]: JSON.stringify({ ...PLAN, ...plan }),
});
const FACT = { known: false, why: "not in this test" };
const PLAN = {
  formatVersion: "1.0",
  hostcfgVersion: "0.1.0",
  spec: { path: "/s", sha256: "5".repeat(64), document: {} },
  host: { hostname: FACT, os: FACT, runningRelease: FACT, bootLoader: FACT, evidence: [] },
  nextBoot: { before: FACT, after: FACT, afterUpgrade: FACT },
  changes: [],
  unchanged: [],
  steps: [],
  requirements: [],
  diagnostics: [],
  applyable: true,
  complete: true,
  rebootNeeded: true,
};

describe("whether a reboot is awaited", () => {
  it.each<[string, Record<string, Content>, StatusFacts["reboot"] | { known: false }]>([
    ["by nothing", {}, no],
    ["by an apply of this boot", journal("0001", { boot: "b-1" }, {}), yes],
    ["by one of an earlier boot", journal("0001", { boot: "b-0" }, {}), no],
    ["by one that changed nothing that boots", journal("0001", { boot: "b-1" }, { rebootNeeded: false }), no],
    [
      "by one that was taken back since",
      {
        ...journal("0001", { boot: "b-1" }, {}),
        ...journal("0002", { boot: "b-1", undoes: "0001" }, { rebootNeeded: false, undoes: "0001" }),
      },
      no,
    ],
    [
      "by one before verify was enabled",
      {
        ...journal("0001", { boot: "b-1" }, {}),
        ...journal(
          "0002",
          { boot: "b-1", task: "enable-verify" },
          { rebootNeeded: false, task: "enable-verify" },
        ),
      },
      yes,
    ],
    ["by one of which the boot is not noted", journal("0001", {}, {}), { known: false }],
  ])("%s", async (_, files, awaited) => {
    expect((await read(files)).reboot).toMatchObject(awaited);
  });
});

it("an apply that was cut stays unfinished when verify is enabled after it", async () => {
  const files = {
    "/var/lib/hostcfg/journal/0001/events.jsonl":
      '{"event":"apply-started","spec":"0"}\n{"event":"step-started","step":1}\n',
    ...journal("0002", { task: "enable-verify" }, { task: "enable-verify" }),
  };
  expect((await read(files)).unfinished).toMatchObject({ id: "0001" });
});
