import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitLine } from "../../src/cmdline.ts";
import type { Capture } from "../../src/host/capture.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import type { Host } from "../../src/host/host.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { HostError } from "../../src/host/reader.ts";
import type { Fact, KernelFact, NextBoot, Plan } from "../../src/model/index.ts";
import { applyPlan } from "../../src/apply/apply.ts";
import type { ApplyOutcome } from "../../src/apply/events.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { StandInHost } from "../standins/host.ts";
import { checkingBoot } from "../support/checking-boot.ts";
import type { Cut } from "../support/faulty-host.ts";
import { FaultyHost, Killed } from "../support/faulty-host.ts";
import { materialise } from "../support/materialise.ts";
import type { Patch } from "../support/planning.ts";
import { codes, patched, planOf } from "../support/planning.ts";
import { recordedHosts, withoutDevices } from "../support/recorded-hosts.ts";

/** Sorts among the packaged kernels in every way that matters: below, above, or pinned past the loader's own choice. */
const EXTRA = "6.8.0-acso";
/** What no recorded host has; each goes or stays as a whole. */
const OPTIONS = [
  ["zz=1"],
  ["zz=2"],
  ["pci=a;b"],
  ["console=ttyS7"],
  ['dyndbg="file x +p"'],
  ["hugepagesz=1G", "hugepages=4"],
  ["hugepagesz=2M", "hugepages=9"],
];
/** Of a plan that may end in a host that does not come up, wherever it is cut. */
const UNSAFE = ["unsafe-order", "no-way-back"];
const ALL = new Set(OPTIONS.flat());

type Wish = Omit<HostSpec, "apiVersion">;

async function planOn(host: Host, wish: Wish): Promise<Plan> {
  const spec: HostSpec = { apiVersion: "hostcfg/v1", ...wish };
  const source = { path: "x", sha256: "0".repeat(64), spec, diagnostics: [], locate: () => undefined };
  return makePlan({ source, state: await probe(host.reader(), spec), debs: [], hostcfgVersion: "0.0.0" });
}

async function apply(host: Host, wish: Wish): Promise<ApplyOutcome | undefined> {
  const replan = (): Promise<Plan> => planOn(host, wish);
  const [{ signal }, now, observe] = [new AbortController(), () => new Date(0), () => undefined];
  try {
    const checkBoot = checkingBoot(host);
    return await applyPlan({ plan: await replan(), host, replan, checkBoot, observe, signal, now });
  } catch (error) {
    if (error instanceof Killed || error instanceof HostError) return undefined;
    throw error;
  }
}

async function kernelsOf(capture: Capture): Promise<readonly KernelFact[]> {
  const reader = new LinkReader(new CaptureTree(capture));
  const { kernels } = await probe(reader, { apiVersion: "hostcfg/v1" });
  return kernels.known ? kernels.value : [];
}

/** Without the rule, which may say the same in other words. */
function essence(boot: Fact<NextBoot>): unknown {
  if (!boot.known) throw new Error(boot.why);
  const { rule: _rule, ...rest } = boot.value;
  return rest;
}

const hosts = await Promise.all(
  recordedHosts().map(async ({ name, capture }) => {
    // The stand-ins have no kernel-install, so a host of systemd-boot keeps to the kernels that have entries; where a
    // kernel has its package's name, none stands beside the packaged ones.
    const packaged = await kernelsOf(capture);
    const added: Patch =
      name.startsWith("sd-boot") || packaged.some((kernel) => kernel.name !== undefined)
        ? {}
        : {
            [`/boot/vmlinuz-${EXTRA}`]: { kind: "file", text: `kernel ${EXTRA}\n`, modifiedAt: 0 },
            [`/boot/initrd.img-${EXTRA}`]: { kind: "file", text: `initrd ${EXTRA}\n`, modifiedAt: 1 },
            [`/usr/lib/modules/${EXTRA}/modules.dep`]: { kind: "file", text: "\n", modifiedAt: 0 },
          };
    const recorded = patched(capture, added);
    const host = withoutDevices(recorded);
    const kernels = await kernelsOf(recorded);
    const inBoot = kernels.filter(({ image }) => image !== undefined);
    // Where none is there, an entry on the ESP has each (EndeavourOS).
    const releases = (inBoot.length > 0 ? inBoot : kernels).map(({ release }) => release);
    const { bootLoader } = (await planOf(capture, {})).host;
    return { name, host, releases, driven: bootLoader.known };
  }),
);

function wishes(releases: readonly string[]): fc.Arbitrary<Wish> {
  const one = fc.constantFrom(...OPTIONS);
  const present = fc
    .uniqueArray(one, { maxLength: 4, selector: ([first = ""]) => first.replace(/^zz=.*/, "zz") })
    .map((units) => units.flat());
  const options = fc.record({
    present,
    absent: fc.constantFrom<string[]>([], ["quiet"], ["splash", "console=tty1"]),
  });
  return fc
    .tuple(fc.option(fc.constantFrom(...releases)), fc.option(options))
    .map(([release, kernelOptions]) => ({
      ...(release === null ? {} : { kernel: { release } }),
      ...(kernelOptions === null ? {} : { kernelOptions }),
    }));
}

const cuts: fc.Arbitrary<Cut | null> = fc.option(
  fc.record({ at: fc.integer({ min: 1, max: 30 }), code: fc.constantFrom("KILL", "ENOSPC") }),
);

describe("whatever is declared in turn, and wherever an apply was cut", () => {
  it.each(hosts.filter(({ driven }) => driven))(
    "on $name the next apply stages what it promised, leaves nothing to do, and takes back what was added",
    async ({ host, releases }) => {
      const none = { kernelOptions: { present: [], absent: [] } };
      const ends: Wish[] = [none, ...releases.map((release) => ({ ...none, kernel: { release } })), none];
      const turns = fc.array(fc.tuple(wishes(releases), cuts), { minLength: 1, maxLength: 3 });
      let applied = 0;
      await fc.assert(
        fc.asyncProperty(turns, async (declared) => {
          const root = fs.mkdtempSync(join(tmpdir(), "hostcfg-turns-"));
          try {
            materialise(host, root);
            const standIn = new StandInHost(root);
            const turn = async (wish: Wish): Promise<void> => {
              const plan = await planOn(standIn, wish);
              expect([wish, codes(plan, "error").filter((code) => UNSAFE.includes(code))]).toEqual([
                wish,
                [],
              ]);
              if (!plan.applyable) return;
              const outcome = await apply(standIn, wish);
              expect([wish, outcome?.status]).toEqual([
                wish,
                plan.steps.length > 0 ? "applied" : "nothing-to-do",
              ]);
              const then = await planOn(standIn, wish);
              expect([wish, then.changes, then.steps]).toEqual([wish, [], []]);
              if (plan.nextBoot.after.known)
                expect([wish, essence(then.nextBoot.before)]).toEqual([wish, essence(plan.nextBoot.after)]);
              expect([wish, (await checkingBoot(standIn)(false)).verdict]).not.toEqual([wish, "broken"]);
              applied += plan.steps.length > 0 ? 1 : 0;
            };
            for (const [wish, cut] of declared) {
              if (cut === null) await turn(wish);
              else if ((await planOn(standIn, wish)).applyable)
                await apply(new FaultyHost(standIn, cut), wish);
              // Wherever it was cut.
              expect([wish, cut, (await checkingBoot(standIn)(false)).verdict]).not.toContain("broken");
            }
            for (const wish of ends) {
              await turn(wish);
              const { before } = (await planOn(standIn, wish)).nextBoot;
              const line = before.known ? splitLine(before.value.options) : [];
              expect([wish, line.filter((option) => ALL.has(option))]).toEqual([wish, []]);
            }
          } finally {
            fs.rmSync(root, { recursive: true, force: true });
          }
        }),
        { numRuns: 4 },
      );
      expect(applied).toBeGreaterThan(0);
    },
  );
});
