import fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ApplyOutcome } from "../../src/apply/events.ts";
import type { Plan } from "../../src/model/index.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise, snapshot } from "../support/materialise.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { undo } from "../support/story.ts";
import { applyOn } from "../support/apply-on.ts";

const SPEC: HostSpec = { apiVersion: "hostcfg/v1", kernelOptions: { present: ["zz=1"] } };
const OWN = ["/var/lib/hostcfg", "/var/log", "/esp"];

describe.each([
  ["sd-boot-debian", "/etc/kernel/cmdline"],
  ["proxmox-zfs", "/etc/kernel/cmdline"],
  ["debian-grub", "/etc/default/grub"],
])("on %s, where %s is a link", (name, path) => {
  let work: string;
  let host: StandInHost;
  const place = "/srv/kept/settings";
  const real = (of: string): string => join(work, "root", of);
  beforeEach(() => {
    work = fs.mkdtempSync(join(tmpdir(), "hostcfg-linked-"));
    materialise(withoutDevices(recordedHost(name).capture), join(work, "root"));
    fs.mkdirSync(dirname(real(place)), { recursive: true });
    fs.renameSync(real(path), real(place));
    fs.symlinkSync("../../srv/kept/settings", real(path));
    host = new StandInHost(join(work, "root"));
  });
  afterEach(() => {
    fs.rmSync(work, { recursive: true });
  });

  const planned = async (spec = SPEC): Promise<Plan> => {
    const source = { path: "x", sha256: "0".repeat(64), spec, diagnostics: [], locate: () => undefined };
    return makePlan({ source, state: await probe(host.reader(), spec), debs: [], hostcfgVersion: "0.0.0" });
  };
  const apply = (plan?: Plan, spec = SPEC): Promise<ApplyOutcome> => applyOn(host, () => planned(spec), plan);

  it("the file behind it is written, the link stays, and all is taken back", async () => {
    const spec: HostSpec = { ...SPEC, kernelOptions: { present: ["zz=1"], absent: ["quiet", "splash"] } };
    const before = snapshot(join(work, "root"), OWN);
    expect(await apply(undefined, spec)).toMatchObject({ status: "applied" });
    expect(fs.readlinkSync(real(path))).toBe("../../srv/kept/settings");
    const text = fs.readFileSync(real(place), "utf8");
    expect(text.includes("zz=1") || !/\bquiet\b/.test(text)).toBe(true);
    expect((await planned(spec)).steps).toEqual([]);
    expect(await undo(host, "0001")).toMatchObject({ status: "applied" });
    expect(snapshot(join(work, "root"), OWN)).toBe(before);
    expect(await undo(host, "0001")).toEqual({ status: "nothing-to-do" });
  });

  it("nothing is written where the link was turned elsewhere since", async () => {
    const plan = await planned();
    // A step of GRUB's has the file itself for its path.
    expect(plan.steps.some((step) => "at" in step)).toBe(name !== "debian-grub");
    fs.writeFileSync(real("/srv/other"), fs.readFileSync(real(place)));
    fs.rmSync(real(path));
    fs.symlinkSync("/srv/other", real(path));
    const before = snapshot(join(work, "root"), OWN);
    expect((await apply(plan)).status).toBe("stale");
    expect(snapshot(join(work, "root"), OWN)).toBe(before);
  });
});
