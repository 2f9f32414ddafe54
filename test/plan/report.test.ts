import fs from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { ENGINE } from "../../src/cli/engine.ts";
import { outlookOf } from "../../src/concerns/outlook.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { Capture } from "../../src/host/capture.ts";
import type { GroupsQuestion, GroupsReport } from "../../src/plan/groups.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import type { HostReport } from "../../src/plan/report.ts";
import { bootAfter, hostReport } from "../../src/plan/report.ts";
import { leadsElsewhere } from "../../src/plan/review.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import { runWith } from "../cli/fakes.ts";
import { recordedHost, recordedHosts } from "../support/recorded-hosts.ts";

interface Case {
  readonly capture: Capture;
  readonly spec: string;
  readonly lock?: string;
}

/** Runs the program for a capture and a spec, and reads the JSON that it prints. */
async function asked<T>(line: string, { capture, spec, lock }: Case): Promise<T> {
  const files = {
    "host.yaml": spec,
    ...(lock === undefined ? {} : { "host.lock.json": fs.readFileSync(lock, "utf8") }),
    "host.capture.json": JSON.stringify(capture),
  };
  const ran = await runWith(ENGINE, `${line} --capture host.capture.json --json`, { files });
  return JSON.parse(ran.stdout) as T;
}

describe.each(recordedHosts())("the report of $name", ({ capture, spec, lock }) => {
  const one: Case = { capture, spec: fs.readFileSync(spec, "utf8"), ...(lock === undefined ? {} : { lock }) };
  let report: HostReport;
  beforeAll(async () => {
    report = await asked("report", one);
  });

  it("holds the plan that plan makes, and the groups that groups lists", async () => {
    expect(report.plan).toEqual(await asked("plan", one));
    expect(report.groups).toEqual(await asked("groups", one));
  });

  it("predicts the groups by which the plan's requirements are judged", async () => {
    const { plan, planned } = report;
    const read = parseSpec(spec, fs.readFileSync(spec)).spec;
    const state = await probe(new LinkReader(new CaptureTree(capture)), read);
    const elsewhere = leadsElsewhere(plan.nextBoot, plan.steps, state);
    const { next } = outlookOf(state, plan.nextBoot.after, plan.acsOverride, elsewhere);
    expect(planned.known).toBe(next.known);
    if (planned.known && next.known) expect(planned.groups).toEqual(next.value.prediction.groups);
  });

  it("explains each pair as groups --why does", async () => {
    for (const { a, b, before } of report.pairs) {
      const { why } = await asked<GroupsReport>(`groups --why ${a} ${b}`, one);
      expect(before).toEqual(why);
    }
  });

  it("names every declared device with what the lock would note of it", () => {
    const declared = parseSpec(spec, fs.readFileSync(spec)).spec?.devices ?? {};
    expect(report.devices.map(({ name }) => name)).toEqual(Object.keys(declared));
  });
});

describe("the pairs of a report", () => {
  const cards = fs.readFileSync(recordedHost("intel-z390").spec, "utf8");
  const { capture } = recordedHost("intel-z390");

  it("are two declared devices that share a group, once", async () => {
    const { pairs, morePairs } = await asked<HostReport>("report", { capture, spec: cards });
    expect(pairs.map(({ a, b }) => [a, b])).toEqual([["0000:01:00.0", "0000:02:00.0"]]);
    expect(morePairs).toBe(0);
    expect(pairs[0]?.after).toMatchObject({ together: true });
    expect(pairs[0]?.after?.sentences.length).toBeGreaterThan(0);
  });

  it("are a declared device and each other one of its group, bridges apart", async () => {
    const spec = 'apiVersion: hostcfg/v1\ndevices: { upper: { address: "01:00" } }\n';
    const { pairs, devices } = await asked<HostReport>("report", { capture, spec });
    expect(devices).toMatchObject([{ name: "upper", vfio: false }]);
    expect(pairs.map(({ a, b }) => [a, b])).toEqual([["0000:01:00.0", "0000:02:00.0"]]);
  });

  it("are functions of one slot too, where the spec means only some of them", async () => {
    const spec = 'apiVersion: hostcfg/v1\ndevices: { audio: { address: "00:1f", functions: [3] } }\n';
    const { pairs } = await asked<HostReport>("report", { capture, spec });
    expect(pairs.map(({ a, b }) => [a, b])).toEqual([["0000:00:1f.3", "0000:00:1f.0"]]);
  });

  it("are at most twelve, and the others are counted", async () => {
    const crowd = [...Array(20).keys()].map((at) => `0000:${(0x10 + at).toString(16)}:00.0`);
    const spec = parseSpec(
      "host.yaml",
      Buffer.from('apiVersion: hostcfg/v1\ndevices: { one: { address: "10:00" } }\n'),
    ).spec;
    const state = await probe(new LinkReader(new CaptureTree(capture)), spec);
    const like = state.pci.known
      ? state.pci.value.find(({ address }) => address === "0000:04:00.0")
      : undefined;
    if (like === undefined || spec === undefined) throw new Error("the host has no such device");
    const port = "/sys/devices/pci0000:00/0000:00:01.0";
    const devices = crowd.map((address) => ({ ...like, address, path: `${port}/${address}` }));
    const plan = makePlan({
      hostcfgVersion: "0.0.0",
      source: { path: "host.yaml", sha256: "0".repeat(64), spec, diagnostics: [], locate: () => undefined },
      state,
      debs: [],
    });
    const root = state.pci.known ? state.pci.value.filter(({ path }) => path === port) : [];
    const question: GroupsQuestion = {
      boot: bootAfter(plan, state),
      acsOverride: "absent",
      acsOverrideEvidence: [],
      acsOverrideProven: true,
    };
    const report = hostReport({
      spec,
      plan,
      state: {
        ...state,
        pci: { known: true, value: [...root, ...devices] },
        iommu: { ...state.iommu, groups: { known: true, value: [{ id: 1, devices: crowd }] } },
      },
      before: question,
      after: question,
    });
    expect([report.pairs.length, report.morePairs]).toEqual([12, 7]);
  });

  it("are none where the spec names no device", async () => {
    const { pairs, devices } = await asked<HostReport>("report", {
      capture,
      spec: "apiVersion: hostcfg/v1\n",
    });
    expect([pairs, devices]).toEqual([[], []]);
  });

  it("name no device for a selector that fits none, and the plan says so", async () => {
    const spec = 'apiVersion: hostcfg/v1\ndevices: { gone: { id: "dead:beef" } }\n';
    const { devices, plan } = await asked<HostReport>("report", { capture, spec });
    expect(devices).toEqual([{ name: "gone", functions: [], vfio: false }]);
    expect(plan.diagnostics.map(({ code }) => code)).toContain("device-not-found");
  });
});
