import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { HostState, Plan, Step } from "../../src/model/index.ts";
import { prefixProblems } from "../../src/simulate/prefixes.ts";
import { prefixStates } from "../../src/simulate/step.ts";
import { probe } from "../../src/plan/probe.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

type Wish = Omit<HostSpec, "apiVersion">;
const OPTIONS = { kernelOptions: { present: ["zz=1"] } };

async function made(host: string, wish: Wish): Promise<{ plan: Plan; state: HostState }> {
  const { capture } = recordedHost(host);
  const state = await probe(new LinkReader(new CaptureTree(capture)), { apiVersion: "hostcfg/v1", ...wish });
  return { plan: await planOf(capture, wish), state };
}

const codesOf = (plan: Pick<Plan, "steps" | "nextBoot" | "host">, state: HostState): string[] =>
  prefixProblems(plan, prefixStates(state, plan.steps)).map(({ code }) => code);

const PLANS: readonly (readonly [host: string, wish: Wish])[] = [
  ["debian-grub", { kernel: { release: "6.1.0-25-amd64" }, ...OPTIONS }],
  ["sd-boot-debian", { kernel: { release: "6.1.0-25-amd64" }, ...OPTIONS }],
  ["intel-z390", { kernel: { release: "6.8.0-76060800daily20240311-generic" }, ...OPTIONS }],
  ["intel-z390", OPTIONS],
  ["proxmox-zfs", { kernel: { release: "6.8.12-4-pve" }, ...OPTIONS }],
];

/** That which decides what boots next comes last but for removals, so it is the step that must not come first. */
const DECIDES = (step: Step): boolean =>
  step.kind === "exec"
    ? ["kernelstub", "update-grub", "bootctl"].includes(step.argv[0] ?? "") || step.argv[1] === "refresh"
    : step.path.endsWith("/loader/loader.conf");

describe("a plan", () => {
  it.each(PLANS)("for %s with %j is safe after each step", async (host, wish) => {
    const { plan, state } = await made(host, wish);
    expect(plan.steps.length).toBeGreaterThan(1);
    expect([plan.applyable, codesOf(plan, state)]).toEqual([true, []]);
  });

  it.each(PLANS)("for %s with %j is refused with its deciding step first", async (host, wish) => {
    const { plan, state } = await made(host, wish);
    const rest = plan.steps.filter((step) => !DECIDES(step));
    expect(rest.length).toBeLessThan(plan.steps.length);
    const steps = [...plan.steps.filter(DECIDES), ...rest];
    expect(new Set(codesOf({ ...plan, steps }, state))).toEqual(new Set(["unsafe-order"]));
  });

  it("in any other order is refused where a step comes before one that it needs", async () => {
    const { plan, state } = await made("intel-z390", PLANS[2]?.[1] ?? {});
    const copies = plan.steps.filter(({ kind }) => kind === "copyFile");
    expect(copies).toHaveLength(2);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...plan.steps], { minLength: plan.steps.length }),
        async (steps) => {
          const decides = steps.findIndex(DECIDES);
          const late = steps.slice(decides).some((step) => copies.includes(step));
          if (late) expect(codesOf({ ...plan, steps }, state)).toContain("unsafe-order");
          return Promise.resolve();
        },
      ),
    );
  });

  it("that names a copy which no step makes is refused", async () => {
    const { plan, state } = await made("intel-z390", PLANS[2]?.[1] ?? {});
    const steps = plan.steps.filter(({ kind }) => kind !== "copyFile");
    expect(codesOf({ ...plan, steps }, state)).toEqual(["unsafe-order"]);
  });
});

describe("the way back", () => {
  const remove = (path: string): Step => ({
    kind: "remove",
    id: 99,
    title: "remove it",
    serves: [],
    path,
    expect: { kind: "absent" },
  });

  it("is not removed, nor is what boots next", async () => {
    const { plan, state } = await made("sd-boot-debian", { kernel: { release: "6.1.0-25-amd64" } });
    const { after } = plan.nextBoot;
    if (!after.known) throw new Error(after.why);
    const bad = { ...plan, steps: [...plan.steps, remove(after.value.initrd)] };
    expect(codesOf(bad, state)).toEqual(["unsafe-order"]);
    const { before } = plan.nextBoot;
    if (!before.known) throw new Error(before.why);
    const early = { ...plan, steps: [remove(before.value.kernel), ...plan.steps] };
    expect(codesOf(early, state)).toContain("unsafe-order");
  });

  it("the entry that this boot came by, is not rewritten where another one boots next", async () => {
    const { plan, state } = await made("sd-boot-debian", { kernel: { release: "6.1.0-25-amd64" } });
    const running = {
      ...state,
      running: {
        ...state.running,
        cmdline: {
          known: true as const,
          value: String.raw`initrd=\debian\6.1.0-26-amd64\initrd.img-6.1.0-26-amd64 ro`,
        },
      },
    };
    const write: Step = {
      kind: "writeFile",
      id: 1,
      title: "write it",
      serves: [],
      path: "/boot/efi/loader/entries/debian-6.1.0-26-amd64.conf",
      content: "",
      expect: { kind: "absent" },
    };
    expect(codesOf(plan, running)).toEqual([]);
    expect(codesOf({ ...plan, steps: [write, ...plan.steps] }, running)).toEqual(["no-way-back"]);
  });
});
