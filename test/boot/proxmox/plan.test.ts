import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseEntry } from "../../../src/boot/bls/entry-text.ts";
import type { Capture } from "../../../src/host/capture.ts";
import { ADDED_OPTIONS } from "../../../src/facts/added-options.ts";
import type { ApplyOutcome } from "../../../src/apply/events.ts";
import type { Fact, NextBoot, Plan } from "../../../src/model/index.ts";
import { makePlan } from "../../../src/plan/make.ts";
import { probe } from "../../../src/plan/probe.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import { StandInHost } from "../../standins/host.ts";
import { materialise, snapshot } from "../../support/materialise.ts";
import type { Patch } from "../../support/planning.ts";
import { answering, codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost, withoutDevices } from "../../support/recorded-hosts.ts";
import { applyOn } from "../../support/apply-on.ts";

const { capture } = recordedHost("proxmox-zfs");
const CMDLINE = "/etc/kernel/cmdline";
const PIN = "/etc/kernel/proxmox-boot-pin";
const NOTE = "/var/lib/hostcfg/proxmox-refreshed";
const [OLD, NEW] = ["6.8.12-4-pve", "6.8.12-8-pve"];
const LINE = "root=ZFS=rpool/ROOT/pve-1 boot=zfs quiet";
type Spec = Omit<HostSpec, "apiVersion">;

/** As somebody else than root sees it: nobody looks into the ESPs. */
const unseen: Capture = { ...capture, queries: capture.queries.filter(({ argv }) => argv[0] !== "unshare") };

const HOME_MADE: Patch = Object.fromEntries(
  ["vmlinuz", "initrd.img"].map((name) => [`/boot/${name}-6.12.30-acso`, "MZ"]),
);

function value(fact: Fact<NextBoot>): NextBoot {
  if (!fact.known) throw new Error(fact.why);
  return fact.value;
}

function acts(plan: Plan): unknown[] {
  return plan.steps.map((step) =>
    step.kind !== "exec" ? step.path : step.action.does === "put-aside" ? "put aside" : step.argv.join(" "),
  );
}

/** With this version of the package that brings proxmox-boot-tool. */
function withHelper(version: string): Capture {
  const there = capture.queries.find(({ argv }) => argv[0] === "dpkg-query")?.answer;
  const listed = there?.ran === true ? there.stdout : "";
  return answering(
    capture,
    "dpkg-query",
    `${listed}proxmox-kernel-helper\t${version}\tall\tinstall\tinstalled\tok\n`,
  );
}

describe("what a package of the loader does to a pin", () => {
  it.each([
    ["8.1.0", false],
    ["8.1.1", false],
    ["8.1.2", true],
    ["8.1.4", true],
    ["9.0.0", false],
    ["9.0.1", true],
    ["9.2.0", true],
  ])("with proxmox-kernel-helper %s is told: %s", async (version, told) => {
    const plan = await planOf(withHelper(version), { kernel: { release: OLD } });
    const { afterUpgrade } = plan.nextBoot;
    expect(afterUpgrade).toMatchObject({ value: { keeps: true } });
    expect(afterUpgrade.known && afterUpgrade.value.besides?.join()).toEqual(
      told ? expect.stringContaining("takes the pin off the ESPs") : undefined,
    );
  });
});

describe("what boots next, where nobody can look into the ESPs,", () => {
  it("is the newest kernel with the file's line, where this boot shows that the ESPs have it", async () => {
    expect(value((await planOf(unseen, {})).nextBoot.before)).toMatchObject({
      loader: "proxmox",
      release: { known: true, value: NEW },
      options: LINE,
      fallback: { known: true, value: OLD },
    });
  });

  it("is no home-made kernel of /boot, which proxmox-boot-tool copies to no ESP", async () => {
    const host = patched(unseen, HOME_MADE);
    expect(value((await planOf(host, {})).nextBoot.before).release).toEqual({ known: true, value: NEW });
    const { changes } = await planOf(patched(capture, HOME_MADE), { kernel: { release: OLD } });
    expect(changes.find(({ address }) => address === "kernel.release")?.before).toBe(`${NEW}, not pinned`);
  });

  it.each<[string, Patch]>([
    ["its line was edited and this boot had another", { [CMDLINE]: `${LINE} iommu=pt\n` }],
    ["another kernel was pinned than the one that runs", { [PIN]: `${OLD}\n` }],
    ["hostcfg's note names another line", { [NOTE]: `options ${LINE} x=1\npin \n` }],
  ])("is unknown where %s", async (_title, patch) => {
    expect((await planOf(patched(unseen, patch), {})).nextBoot.before.known).toBe(false);
  });

  it("is said to be inferred", async () => {
    expect(codes(await planOf(unseen, {}), "warning")).toContain("proxmox-esps-unseen");
  });

  it("is unknown where a refresh was begun and not ended", async () => {
    const cut = patched(unseen, { [NOTE]: "refreshing\n" });
    const plan = await planOf(cut, {});
    expect(plan.nextBoot.before.known).toBe(false);
    expect(acts(plan)).toEqual(["proxmox-boot-tool refresh", NOTE]);
  });

  it.each<[string, Patch, string]>([
    ["the pin", { [PIN]: `${OLD}\n`, [NOTE]: `options ${LINE}\npin ${OLD}\n` }, OLD],
    [
      "the pin for one boot, before it",
      {
        [PIN]: `${NEW}\n`,
        "/etc/kernel/next-boot-pin": `${OLD}\n`,
        [NOTE]: `options ${LINE}\npin ${NEW}\nnext-boot-pin ${OLD}\n`,
      },
      OLD,
    ],
  ])("follows %s", async (_title, patch, release) => {
    const before = value((await planOf(patched(unseen, patch), {})).nextBoot.before);
    expect(before.release).toEqual({ known: true, value: release });
  });

  it("is the newest kernel where the pinned one is gone, and the next newer one after that", async () => {
    const host = patched(unseen, {
      [PIN]: "6.2.16-3-pve\n",
      [NOTE]: `options ${LINE}\npin 6.2.16-3-pve\n`,
    });
    const { before, afterUpgrade } = (await planOf(host, {})).nextBoot;
    expect(value(before).release).toEqual({ known: true, value: NEW });
    expect(value(before).rule).toContain("6.2.16-3-pve is pinned, but not in /boot");
    expect(afterUpgrade).toMatchObject({ value: { keeps: false } });
  });

  it("takes the running line, without the loader's own part, where there is no file", async () => {
    const before = value((await planOf(patched(unseen, { [CMDLINE]: null }), {})).nextBoot.before);
    expect(before.options).toBe(LINE);
  });
});

describe("a plan", () => {
  it("writes the line, pins, refreshes once and notes it, in that order", async () => {
    const plan = await planOf(capture, {
      kernel: { release: OLD },
      kernelOptions: { present: ["iommu=pt"] },
    });
    expect(acts(plan)).toEqual([
      "put aside",
      NOTE,
      ADDED_OPTIONS,
      CMDLINE,
      `proxmox-boot-tool kernel pin ${OLD}`,
      "proxmox-boot-tool refresh",
      NOTE,
    ]);
    expect(plan.nextBoot.afterUpgrade).toMatchObject({ known: true, value: { keeps: true } });
  });

  it("keeps the lines behind the first, which the tool does not read", async () => {
    const host = patched(capture, { [CMDLINE]: `${LINE}\n# a remark\n` });
    const { steps } = await planOf(host, { kernelOptions: { absent: ["quiet"] } });
    const step = steps.find((one) => one.kind === "writeFile" && one.path === CMDLINE);
    expect(step?.kind === "writeFile" && step.content).toBe(
      "root=ZFS=rpool/ROOT/pve-1 boot=zfs\n# a remark\n",
    );
  });

  it("refreshes where the files are right and nothing shows that the ESPs are", async () => {
    const host = patched(capture, { [CMDLINE]: `${LINE} iommu=pt\n` });
    const plan = await planOf(host, { kernelOptions: { present: ["iommu=pt"] } });
    expect(acts(plan)).toEqual(["put aside", NOTE, "proxmox-boot-tool refresh", NOTE]);
  });

  it("has nothing to do where this boot came by what is declared", async () => {
    expect((await planOf(capture, { kernelOptions: { present: ["quiet"] } })).steps).toEqual([]);
  });

  it("warns that an unpinned kernel lasts only until the next package", async () => {
    const { nextBoot } = await planOf(capture, { kernelOptions: { present: ["quiet"] } });
    expect(nextBoot.afterUpgrade).toMatchObject({ known: true, value: { keeps: false } });
  });

  it.each<[string, Patch, Spec, string]>([
    [
      "a line without root=, of which the tool dies",
      { [CMDLINE]: "quiet\n" },
      { kernelOptions: { present: ["iommu=pt"] } },
      "root-missing",
    ],
    [
      "a pin of another kernel for one boot",
      { "/etc/kernel/next-boot-pin": `${NEW}\n` },
      { kernel: { release: OLD } },
      "one-shot-entry",
    ],
    [
      "a line that the kernel would cut",
      {},
      { kernelOptions: { present: Array.from({ length: 190 }, (_, at) => `option${at}=x`) } },
      "option-line-too-long",
    ],
  ])("refuses %s", async (_title, patch, spec, code) => {
    expect(codes(await planOf(patched(capture, patch), spec), "error")).toEqual([code]);
  });
});

describe("applied on a host with the tool's stand-in", () => {
  let root: string;
  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), "hostcfg-proxmox-"));
    materialise(withoutDevices(capture), root);
  });
  afterEach(() => {
    fs.rmSync(root, { recursive: true });
  });

  const spec = {
    apiVersion: "hostcfg/v1" as const,
    kernel: { release: OLD },
    kernelOptions: { present: ["iommu=pt", 'dyndbg="file x +p"'], absent: ["quiet"] },
  };

  async function planNow(host: StandInHost): Promise<Plan> {
    const source = { path: "x", sha256: "0".repeat(64), spec, diagnostics: [], locate: () => undefined };
    return makePlan({ source, state: await probe(host.reader(), spec), debs: [], hostcfgVersion: "0.0.0" });
  }

  const apply = (host: StandInHost): Promise<ApplyOutcome> => applyOn(host, () => planNow(host));

  it("brings every ESP what was promised, once", async () => {
    const host = new StandInHost(root);
    const promised = value((await planNow(host)).nextBoot.after);
    expect(await apply(host)).toMatchObject({ status: "applied" });
    const uuids = fs.readdirSync(join(root, "esp"));
    expect(uuids).toHaveLength(2);
    for (const uuid of uuids) {
      const esp = join(root, "esp", uuid);
      expect(fs.readFileSync(join(esp, "loader/loader.conf"), "utf8")).toContain(
        `default proxmox-${OLD}.conf`,
      );
      const entry = parseEntry(fs.readFileSync(join(esp, `loader/entries/proxmox-${OLD}.conf`), "utf8"));
      expect(entry.options).toBe(promised.options);
      expect(`(ESP)${entry.linux ?? ""}`).toBe(promised.kernel);
    }
    const then = await planNow(host);
    const { rule: _rule, ...expected } = promised;
    expect(then.changes).toEqual([]);
    expect(value(then.nextBoot.before)).toMatchObject(expected);
    const before = snapshot(root);
    expect(await apply(host)).toEqual({ status: "nothing-to-do" });
    expect(snapshot(root)).toBe(before);
  });

  it("is not believed where the tool ends well and has pinned nothing", async () => {
    const lying = new StandInHost(root, { faults: { "proxmox-boot-tool": "noop" } });
    expect(await apply(lying)).toMatchObject({
      status: "failed",
      why: expect.stringContaining("kernel.release: no kernel is pinned") as unknown,
    });
  });

  it("stops where the refresh fails, and refreshes the next time", async () => {
    const broken = new StandInHost(root, { faults: { "proxmox-boot-tool": "fail" } });
    expect(await apply(broken)).toMatchObject({ status: "failed" });
    expect(await apply(new StandInHost(root))).toMatchObject({ status: "applied" });
    expect((await planNow(new StandInHost(root))).changes).toEqual([]);
  });
});
