import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Progress } from "../../src/cli/progress.ts";
import { PLAIN } from "../../src/cli/style.ts";
import type { Step } from "../../src/model/index.ts";
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
  const io = fakeIo({ now: () => new Date(), ...session });
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

  it("answers every further ^C with what still runs, and cuts nothing", () => {
    const signals = new EventTarget();
    const { progress, shown } = watched({ signals });
    progress.observe({ kind: "step-started", step: STEP });
    signals.dispatchEvent(new Event("signal"));
    vi.advanceTimersByTime(4000);
    signals.dispatchEvent(new Event("signal"));
    vi.advanceTimersByTime(2500);
    signals.dispatchEvent(new Event("signal"));
    expect(shown().split("\n")).toEqual([
      "Stopping after this step: what runs now is not cut.",
      "Still finishing this step, which is not cut: link it (4 s so far).",
      "Still finishing this step, which is not cut: link it (6 s so far).",
      "",
    ]);
  });

  it("is not misled by a clock that jumps while a step runs", () => {
    let now = new Date("2026-01-02T03:04:05Z");
    const { progress, shown } = watched({ terminal: true, now: () => now });
    progress.observe({ kind: "step-started", step: STEP });
    now = new Date(0);
    vi.advanceTimersByTime(1000);
    now = new Date("2090-01-01T00:00:00Z");
    vi.advanceTimersByTime(1000);
    expect(shown().split("\r\u001b[K")).toEqual([
      "",
      " 1/2 link it 0 s",
      " 1/2 link it 1 s",
      " 1/2 link it 2 s",
    ]);
  });

  const BUSY = { lock: "/var/lib/dpkg/lock-frontend", holder: { pid: 123, program: "apt-get" } } as const;

  it("redraws on a terminal what it waits for, within its width, and leaves one line", () => {
    const { progress, shown } = watched({ terminal: true });
    for (const seconds of [0, 1.01])
      progress.observe({ kind: "waiting", ...BUSY, seconds, limitSeconds: 300 });
    progress.observe({ kind: "waited", ...BUSY, seconds: 2.02 });
    expect(shown().split("\r\u001b[K")).toEqual([
      "",
      "waiting for the package manager: apt-get (pid 123) holds /var/lib, 0 s of 300 s",
      "waiting for the package manager: apt-get (pid 123) holds /var/lib, 1 s of 300 s",
      "waited 2 s for the package manager: apt-get (pid 123) held /var/lib/dpkg/lock-frontend\n",
    ]);
  });

  it("leaves in a log a line when it begins to wait, and one for each half minute", () => {
    const { progress, shown } = watched({});
    for (let seconds = 0; seconds < 62; seconds += 1)
      progress.observe({ kind: "waiting", ...BUSY, seconds, limitSeconds: 300 });
    const line = "waiting for the package manager: apt-get (pid 123) holds /var/lib/dpkg/lock-frontend";
    expect(shown().split("\n")).toEqual([
      `${line}, 0 s of 300 s`,
      `${line}, 30 s of 300 s`,
      `${line}, 60 s of 300 s`,
      "",
    ]);
  });

  it("answers ^C while it waits with the end of the waiting", () => {
    const controller = new AbortController();
    const { progress, shown } = watched({ interrupted: controller.signal });
    progress.observe({ kind: "waiting", ...BUSY, seconds: 0, limitSeconds: 300 });
    controller.abort();
    expect(shown().endsWith("\nStopping.\n")).toBe(true);
  });
});
