import { describe, expect, it } from "vitest";
import { attempt, known, unknown } from "../../src/facts/fact.ts";
import { HostError } from "../../src/host/reader.ts";

function failing(code: string) {
  return () => {
    throw new HostError(code, "/sys/x", `/sys/x: ${code}`);
  };
}

describe("attempt", () => {
  it("gives what was read, be it empty", () => {
    expect(attempt("/proc/cmdline", () => "")).toEqual(known(""));
  });

  it("says that nothing is there", () => {
    expect(attempt("/proc/cmdline", () => undefined)).toEqual(unknown("/proc/cmdline is not there"));
  });

  it("says it in the reader's own words where it has some", () => {
    const fact = attempt("/sys/kernel/iommu_groups", () => undefined, "this host has no /sys");
    expect(fact).toEqual(unknown("this host has no /sys"));
  });

  it.each([
    ["EACCES", "reading /sys/x needs root"],
    ["EPERM", "reading /sys/x needs root"],
    ["EIO", "reading /sys/x failed with EIO"],
    ["ELOOP", "reading /sys/x failed with ELOOP"],
  ])("turns %s into a reason", (code, why) => {
    expect(attempt("/sys/x", failing(code))).toEqual(unknown(why));
  });

  it("throws a gap in the capture on", () => {
    expect(() => attempt("/sys/x", failing("ECAPTURE"))).toThrow(HostError);
  });

  it("throws a fault of the program on", () => {
    const broken = () => {
      throw new TypeError("not a function");
    };
    expect(() => attempt("/sys/x", broken)).toThrow(TypeError);
  });
});
