import { describe, expect, it } from "vitest";
import { staleness } from "../../src/apply/staleness.ts";
import type { Capture } from "../../src/host/capture.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { Plan } from "../../src/model/index.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import { readSavedPlan } from "../../src/plan/saved.ts";
import type { SpecSource } from "../../src/plan/source.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import { patched } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const SPEC = "/srv/host.yaml";
const TEXT = `apiVersion: hostcfg/v1
# Why: the card is for a virtual machine.
kernelOptions: { present: [iommu=pt, console=ttyS7], absent: [quiet] }
`;

async function planOn(
  capture: Capture,
  { spec, ...source }: Omit<SpecSource, "spec"> & { spec?: SpecSource["spec"] | undefined },
) {
  if (spec === undefined) throw new Error("the spec is not valid");
  const state = await probe(new LinkReader(new CaptureTree(capture)), spec);
  return makePlan({ source: { ...source, spec }, state, debs: [], hostcfgVersion: "0.0.0" });
}

/** What apply says of a saved plan, where the host is still the same. */
async function refusal(capture: Capture, text: string): Promise<readonly string[]> {
  const read = await readSavedPlan(Buffer.from(text));
  if ("diagnostics" in read) return read.diagnostics.map(({ summary }) => summary);
  return staleness(read.plan, await again(capture, read.source));
}

/** Made once of each host and text, for it is asked for hundreds of times. */
const made = new WeakMap<Capture, Map<string, Promise<Plan>>>();
function again(capture: Capture, source: SpecSource): Promise<Plan> {
  const plans = made.get(capture) ?? new Map<string, Promise<Plan>>();
  made.set(capture, plans);
  const plan = plans.get(source.sha256) ?? planOn(capture, { ...source, path: SPEC });
  plans.set(source.sha256, plan);
  return plan;
}

type Leaf = string | number | boolean | null;

/** Each leaf of a document with the way to it. */
function* leaves(
  value: unknown,
  way: readonly (string | number)[] = [],
): Generator<[(string | number)[], Leaf]> {
  if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value))
      yield* leaves(inner, [...way, Array.isArray(value) ? Number(key) : key]);
  } else yield [[...way], value as Leaf];
}

function withLeaf(document: unknown, [key, ...way]: readonly (string | number)[], leaf: Leaf): unknown {
  if (key === undefined) return leaf;
  if (Array.isArray(document))
    return document.map((one: unknown, at) => (at === key ? withLeaf(one, way, leaf) : one));
  return { ...(document as object), [key]: withLeaf((document as Record<string, unknown>)[key], way, leaf) };
}

function edited(leaf: Leaf): Leaf {
  if (typeof leaf === "string") return `${leaf}x`;
  if (typeof leaf === "number") return leaf + 1;
  return leaf === null ? "x" : !leaf;
}

describe.each(["debian-grub", "sd-boot-debian", "pop-x570"])("a saved plan of %s", (name) => {
  const { capture } = recordedHost(name);
  const saved = async (): Promise<Plan> =>
    JSON.parse(
      JSON.stringify(await planOn(capture, { ...parseSpec("host.yaml", Buffer.from(TEXT)), path: SPEC })),
    ) as Plan;

  it("is applied as it is, whatever formatted it", async () => {
    expect(await refusal(capture, JSON.stringify(await saved(), null, 4))).toEqual([]);
  });

  it("is refused where anything that a person reads in it was edited", async () => {
    const plan = await saved();
    const all = [...leaves(plan)];
    expect(all.length).toBeGreaterThan(100);
    const believed: string[] = [];
    for (const [way, leaf] of all) {
      const text = JSON.stringify(withLeaf(plan, way, edited(leaf)));
      if ((await refusal(capture, text)).length === 0) believed.push(way.join("."));
    }
    // Where names in the spec start: it is asked for there, and says nothing of what is done.
    expect(believed.filter((way) => way !== "spec.path")).toEqual([]);
  });

  it("is refused where a part of it was taken out", async () => {
    const plan = await saved();
    for (const key of Object.keys(plan)) {
      const { [key as keyof Plan]: _gone, ...rest } = plan;
      expect([key, (await refusal(capture, JSON.stringify(rest))).length > 0]).toEqual([key, true]);
    }
  });

  it.each([
    ["another machine-id", { "/etc/machine-id": "ffffffffffffffffffffffffffffffff\n" }],
    ["another name", { "/proc/sys/kernel/hostname": "other\n" }],
    ["another kernel that runs", { "/proc/sys/kernel/osrelease": "6.99.0\n" }],
  ])("is refused on a host with %s", async (_what, patch) => {
    expect(await refusal(patched(capture, patch), JSON.stringify(await saved()))).not.toEqual([]);
  });

  it("is refused on another root file system", async () => {
    const text = JSON.stringify(capture.queries).replaceAll(
      /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
      "11111111-2222-3333-4444-555555555555",
    );
    const other: Capture = { ...capture, queries: JSON.parse(text) as Capture["queries"] };
    expect(other.queries).not.toEqual(capture.queries);
    expect(await refusal(other, JSON.stringify(await saved()))).not.toEqual([]);
  });
});

describe("a saved plan of a spec with a base", () => {
  const { capture } = recordedHost("debian-grub");
  const host = "apiVersion: hostcfg/v1\ninclude: base.yaml\n";
  const saved = async (): Promise<string> =>
    JSON.stringify(
      await planOn(
        capture,
        parseSpec(SPEC, Buffer.from(host), () => Buffer.from(TEXT)),
      ),
    );

  it("is applied by the two texts in it, whatever stands on the disk", async () => {
    expect(await refusal(capture, await saved())).toEqual([]);
    const read = await readSavedPlan(Buffer.from(await saved()));
    expect("source" in read && read.source.include?.text).toBe(TEXT);
  });

  it.each([
    ["the base's text", /console=ttyS7\]/u, "console=ttyS8]"],
    ["the base's name", '"/srv/base.yaml"', '"/srv/b.yaml"'],
    ["the spec's own text", "include: base.yaml", "include: b.yaml"],
    ["the base", /,"include":\{"path".*?"\}/u, ""],
  ])("is refused where %s was changed in it", async (_, from, to) => {
    const text = await saved();
    const edited = text.replace(from, to);
    expect(edited).not.toBe(text);
    expect(await refusal(capture, edited)).not.toEqual([]);
  });
});
