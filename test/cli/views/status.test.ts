import { describe, expect, it } from "vitest";
import { PLAIN } from "../../../src/cli/style.ts";
import { judgedLines } from "../../../src/cli/views/status.ts";

describe("something judged", () => {
  it("takes one line", () => {
    const lines = judgedLines(
      { address: "kernel.release", status: "pending", reason: "after the reboot", offenders: [] },
      PLAIN,
    );
    expect(lines.map((line) => line.written)).toEqual(["  ~ pending      kernel.release: after the reboot"]);
  });

  it("goes on below its address, and gives the devices in the way a line", () => {
    const reason = "host-gpu and vm-gpu ".repeat(4).trim();
    const lines = judgedLines(
      { address: "iommuGroups.separate[0]", status: "unsatisfied", reason, offenders: ["0000:0c:00.0"] },
      PLAIN,
    );
    expect(lines.flatMap((line) => line.within(80).split("\n"))).toEqual([
      "  ! unsatisfied  iommuGroups.separate[0]: host-gpu and vm-gpu host-gpu and",
      "                 vm-gpu host-gpu and vm-gpu host-gpu and vm-gpu",
      "                 in the way: 0c:00.0",
    ]);
  });
});
