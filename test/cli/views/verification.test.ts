import { describe, expect, it } from "vitest";
import type { Finding, Verification } from "../../../src/model/index.ts";
import { PLAIN } from "../../../src/cli/style.ts";
import { renderVerification } from "../../../src/cli/views/verification.ts";
import { expectGolden } from "../../support/golden.ts";
import { VERIFICATION } from "../plans.ts";

function lastLine(verification: Verification): string | undefined {
  return renderVerification(verification, PLAIN).trimEnd().split("\n").at(-1);
}

describe("a verification as text", () => {
  it("shows every finding with its reason and what stands in the way", () => {
    expectGolden("test/cli/golden/verification.txt", renderVerification(VERIFICATION, PLAIN));
  });

  it("shows the warnings that come with it before the last line", () => {
    const warning = { severity: "warning", code: "upgrade-takes-over", summary: "it will not last" } as const;
    const text = renderVerification({ ...VERIFICATION, diagnostics: [warning] }, PLAIN);
    expect(text.trimEnd().split("\n").slice(-3)).toEqual([
      "warning[upgrade-takes-over]: it will not last",
      "",
      "Unsatisfied: 1 of 4 differs from the spec.",
    ]);
  });

  it.each<[Finding["status"], string]>([
    ["satisfied", "Satisfied: this host matches the spec (4 of 4)."],
    ["pending", "Reboot pending: 1 of 4 waits for the next boot."],
    ["unsatisfied", "Unsatisfied: 1 of 4 differs from the spec."],
    ["unknown", "Unknown: 1 of 4 could not be checked."],
  ])("%s ends with: %s", (status, line) => {
    expect(lastLine({ ...VERIFICATION, status })).toBe(line);
  });

  it("says in the plural what is so for several", () => {
    const twice = [...VERIFICATION.findings, ...VERIFICATION.findings];
    expect(lastLine({ ...VERIFICATION, findings: twice })).toBe("Unsatisfied: 2 of 8 differ from the spec.");
  });
});
