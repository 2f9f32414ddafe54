import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PLAIN } from "../../../src/cli/style.ts";
import { renderDoctor } from "../../../src/cli/views/doctor.ts";
import { reportOf } from "../../doctor/support.ts";
import { expectGolden } from "../../support/golden.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

describe("the doctor's screen", () => {
  it("has a line for each finding, with what to do below it", async () => {
    const report = await reportOf(recordedHost("pop-x570").capture);
    const golden = fileURLToPath(new URL("../golden/doctor.txt", import.meta.url));
    expectGolden(golden, renderDoctor(report, PLAIN));
  });

  it("shows every line of a remedy that has several", () => {
    const remedy = "write this:\nintel_iommu=on\nthen reboot";
    const text = renderDoctor(
      {
        formatVersion: "1.0",
        verdict: "fail",
        findings: [{ subject: "iommu", verdict: "fail", says: "it is off", remedy }],
      },
      PLAIN,
    );
    expect(text.split("\n").map((line) => line.trim())).toEqual([
      "fail     IOMMU         it is off",
      "remedy: write this:",
      "intel_iommu=on",
      "then reboot",
      "",
      "1 fail: mend what failed first.",
      "",
    ]);
  });
});
