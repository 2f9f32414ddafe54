import { describe, expect, it } from "vitest";
import type { Step } from "../../../src/model/index.ts";
import { PLAIN } from "../../../src/cli/style.ts";
import { renderEvent, renderRunning } from "../../../src/cli/views/progress.ts";

const STEP: Step = {
  id: 2,
  kind: "symlink",
  title: "point /boot/vmlinuz at the new kernel",
  serves: [],
  path: "/boot/vmlinuz",
  target: "vmlinuz-5.3.0-acso",
  expect: { kind: "absent" },
};

describe("the progress of an apply", () => {
  it("is one line for a step that is done, with its time", () => {
    expect(renderEvent({ kind: "step-done", step: STEP, seconds: 1.25 }, 5, PLAIN)).toBe(
      " 2/5 done   point /boot/vmlinuz at the new kernel (1.3 s)\n",
    );
  });

  it("shows why a step failed, where its log is, and the end of it", () => {
    const failed = renderEvent(
      {
        kind: "step-failed",
        step: STEP,
        seconds: 0,
        why: "dpkg exited with 1",
        log: "/var/lib/hostcfg/journal/1/2.log",
        tail: "dpkg: error\u001b[2J\nErrors were encountered\n",
      },
      5,
      PLAIN,
    );
    expect(failed.split("\n")).toEqual([
      " 2/5 FAILED point /boot/vmlinuz at the new kernel (0.0 s)",
      "       dpkg exited with 1",
      "       log: /var/lib/hostcfg/journal/1/2.log",
      "       | dpkg: error\\x1b[2J",
      "       | Errors were encountered",
      "",
    ]);
  });

  it("leaves no line for a step that begins", () => {
    expect(renderEvent({ kind: "step-started", step: STEP }, 5, PLAIN)).toBe("");
  });

  it("names the last step that was done before an interruption", () => {
    expect(renderEvent({ kind: "interrupted", after: 2 }, 5, PLAIN)).toBe("Stopped after step 2 of 5.\n");
  });

  it.each([20, 40, 80])("fits the running step and its seconds into %i columns", (columns) => {
    const line = renderRunning(STEP, 5, 12, columns);
    expect(line.length).toBeLessThan(columns);
    expect(line).toMatch(/^ 2\/5 .* 12 s$/);
  });
});
