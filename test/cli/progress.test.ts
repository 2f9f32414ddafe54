import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Progress } from "../../src/cli/progress.ts";
import { PLAIN } from "../../src/cli/style.ts";
import type { Step } from "../../src/model.ts";
import type { Session } from "./fakes.ts";
import { fakeIo } from "./fakes.ts";

const STEP: Step = {
  id: 1,
  kind: "symlink",
  title: "link it",
  serves: [],
  path: "/boot/vmlinuz",
  target: "vmlinuz-1",
  expect: { kind: "absent" },
};

function watched(session: Session): { readonly progress: Progress; readonly shown: () => string } {
  const io = fakeIo({ ...session, now: () => new Date() });
  const progress = new Progress(io, PLAIN);
  progress.observe({ kind: "apply-started", journal: "/j", steps: 2 });
  return { progress, shown: () => io.seen.err.join("") };
}

describe("the progress on stderr", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("counts the seconds of the running step on a terminal, and then leaves one line", () => {
    const { progress, shown } = watched({ terminal: true });
    progress.observe({ kind: "step-started", step: STEP });
    vi.advanceTimersByTime(2000);
    progress.observe({ kind: "step-done", step: STEP, seconds: 2.1 });
    vi.advanceTimersByTime(5000);
    expect(shown().split("\r\u001b[K")).toEqual([
      "",
      " 1/2 link it 0 s",
      " 1/2 link it 1 s",
      " 1/2 link it 2 s",
      " 1/2 done   link it (2.1 s)\n",
    ]);
  });

  it.each<[string, Session]>([
    ["a pipe", {}],
    ["a dumb terminal", { terminal: true, env: { TERM: "dumb" } }],
  ])("redraws nothing on %s", (_what, session) => {
    const { progress, shown } = watched(session);
    progress.observe({ kind: "step-started", step: STEP });
    vi.advanceTimersByTime(3000);
    progress.observe({ kind: "step-done", step: STEP, seconds: 3 });
    expect(shown()).toBe(" 1/2 done   link it (3.0 s)\n");
  });

  it("answers ^C at once: the running step is finished first", () => {
    const controller = new AbortController();
    const { progress, shown } = watched({ interrupted: controller.signal });
    progress.observe({ kind: "step-started", step: STEP });
    controller.abort();
    expect(shown()).toBe("Stopping after this step: what runs now is not cut.\n");
  });
});
