import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { NextBoot, Plan } from "../../../src/model/index.ts";
import { COLOURED, PLAIN } from "../../../src/cli/style.ts";
import { renderPlan } from "../../../src/cli/views/plan.ts";
import { expectGolden } from "../../support/golden.ts";
import { EMPTY_PLAN, FULL_PLAN, REFUSED_PLAN } from "../plans.ts";

const GOLDEN = "test/cli/golden/plan";

function known(plan: Plan): NextBoot {
  const { after } = plan.nextBoot;
  if (!after.known) throw new Error("the test's own plan must know its next boot");
  return after.value;
}

describe("a plan as text", () => {
  it.each<[string, Plan]>([
    ["the-whole-story", FULL_PLAN],
    ["nothing-to-do", EMPTY_PLAN],
    ["errors-and-unknown-facts", REFUSED_PLAN],
    [
      "a-new-file",
      {
        ...EMPTY_PLAN,
        steps: [
          {
            id: 1,
            kind: "writeFile",
            title: "write the options",
            serves: [],
            path: "/etc/kernelstub/configuration",
            content: "first\nsecond\n",
            expect: { kind: "absent" },
          },
        ],
      },
    ],
    [
      "next-boot-known-only-before",
      {
        ...EMPTY_PLAN,
        nextBoot: { ...FULL_PLAN.nextBoot, after: { known: false, why: "the hook decides" } },
      },
    ],
  ])("reads well: %s", async (name, plan) => {
    expectGolden(`${GOLDEN}/${name}.txt`, await renderPlan(plan, { ...PLAIN, columns: 80 }));
    expectGolden(`${GOLDEN}/${name}-details.txt`, await renderPlan(plan, PLAIN, true));
  });

  it("says in colour what it says without", async () => {
    const coloured = await renderPlan(FULL_PLAN, COLOURED);
    expect(coloured).toContain("\u001b[32m+ kernel.packages\u001b[39m  linux-image-5.3.0-acso: 5.3.0-acso-1");
    expect(stripVTControlCharacters(coloured)).toBe(await renderPlan(FULL_PLAN, PLAIN));
  });

  it.each<[string, Partial<Plan>]>([
    ["No changes. This host matches the spec.", {}],
    ["No changes. The next boot matches the spec. Reboot needed.", { rebootNeeded: true }],
    [
      "No changes, but 2 steps to clear away what an earlier apply left.",
      { steps: FULL_PLAN.steps.slice(0, 2) },
    ],
    [
      "No changes to make. 1 requirement not met, 2 requirements unknown.",
      {
        complete: false,
        requirements: (["unsatisfied", "unknown", "unknown"] as const).map((status) => ({
          address: "iommuGroups.separate[0]",
          status,
          reason: "",
          offenders: [],
        })),
      },
    ],
    [
      "Plan: 1 to add, 2 to change, 1 to remove. Reboot needed.",
      { changes: FULL_PLAN.changes, rebootNeeded: true },
    ],
    ["Plan not applyable: 1 error.", { applyable: false, diagnostics: REFUSED_PLAN.diagnostics.slice(1) }],
  ])("ends with the line that counts: %s", async (last, difference) => {
    const text = await renderPlan({ ...EMPTY_PLAN, ...difference }, PLAIN);
    expect(text.trimEnd().split("\n").at(-1)).toBe(last);
  });

  it("shows a part of the next boot once when the plan leaves it alone", async () => {
    const text = await renderPlan(FULL_PLAN, PLAIN, true);
    expect(text.split("\n").filter((line) => line.includes("vmlinuz.efi"))).toEqual([
      `  kernel    = ${known(FULL_PLAN).kernel}`,
    ]);
  });

  it("is no wider than the terminal, in colour as without, and loses no word to that", async () => {
    for (const style of [PLAIN, COLOURED]) {
      const text = stripVTControlCharacters(await renderPlan(FULL_PLAN, { ...style, columns: 60 }));
      expect(text.split("\n").filter((line) => line.length > 60)).toEqual([]);
    }
    const { changes, ...rest } = FULL_PLAN;
    const words = (columns?: number): Promise<string[]> =>
      renderPlan(
        { ...rest, changes: changes.filter(({ action }) => action !== "update") },
        { ...PLAIN, columns },
      ).then((text) => text.split(/\s+/));
    expect(await words(60)).toEqual(await words());
  });

  it("is not wrapped where there is no terminal, so that grep finds a change with its reason", async () => {
    const reason = "a reason ".repeat(30).trim();
    const [change] = FULL_PLAN.changes;
    if (change === undefined) throw new Error("no change");
    const text = await renderPlan({ ...EMPTY_PLAN, changes: [{ ...change, reason }] }, PLAIN);
    expect(text).toContain(`linux-image-5.3.0-acso: 5.3.0-acso-1 (${reason})\n`);
  });

  it("says what an undo leaves, before anybody says yes", async () => {
    expect(await renderPlan(FULL_PLAN, PLAIN)).toContain(
      "hostcfg undo leaves packages installed unless --packages",
    );
    expect(await renderPlan({ ...FULL_PLAN, undoes: "0001" }, PLAIN)).not.toContain("hostcfg undo leaves");
  });

  it("tells the same of several parts of the spec once, and nothing else only once", async () => {
    const warning = { severity: "warning", code: "option-trap", summary: "it does nothing" } as const;
    const other = { ...warning, summary: "it hurts" };
    const text = await renderPlan({ ...EMPTY_PLAN, diagnostics: [warning, other, warning] }, PLAIN);
    expect(text.match(/it does nothing|it hurts/g)).toEqual(["it does nothing", "it hurts"]);
  });

  it("shows the evidence where the loader is unknown, and else with --details", async () => {
    const evidence = ["/x is there"];
    const plan = (loader: Plan["host"]["bootLoader"]): Plan => ({
      ...EMPTY_PLAN,
      host: { ...EMPTY_PLAN.host, bootLoader: loader, evidence },
    });
    const unknown = plan({ known: false, why: "two were found" });
    expect(await renderPlan(unknown, PLAIN)).toContain("/x is there");
    expect(await renderPlan(plan({ known: true, value: "grub" }), PLAIN)).not.toContain("/x is there");
    expect(await renderPlan(plan({ known: true, value: "grub" }), PLAIN, true)).toContain("/x is there");
  });

  it("lets nothing that comes from the host or the spec control the terminal", async () => {
    const hostile = "a\u001b[2Jb\rc\nd\u202ee\u009bf";
    const everywhere = JSON.parse(
      JSON.stringify(FULL_PLAN, (_key, value: unknown) =>
        typeof value === "string" ? hostileUnlessKeyword(value) : value,
      ),
    ) as Plan;
    const text = await renderPlan(everywhere, PLAIN);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);

    function hostileUnlessKeyword(value: string): string {
      return /^(create|update|delete|now|next-boot|exec|symlink|writeFile|satisfied|predicted|unsatisfied|unknown|warning|error|file|absent)$/.test(
        value,
      )
        ? value
        : hostile;
    }
  });
});
