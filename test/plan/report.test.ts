import fs from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { ENGINE } from "../../src/cli/engine.ts";
import { outlookOf } from "../../src/concerns/outlook.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { Capture } from "../../src/host/capture.ts";
import type { GroupsReport } from "../../src/plan/groups.ts";
import { probe } from "../../src/plan/probe.ts";
import type { HostReport } from "../../src/plan/report.ts";
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
