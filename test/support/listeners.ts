import type { EventEmitter } from "node:events";
import { afterEach, beforeEach } from "vitest";

type Emitter = Pick<EventEmitter, "eventNames" | "listenerCount" | "rawListeners" | "removeListener">;

/** The process and its streams, which the test files of a worker have in common. */
export const EMITTERS: Readonly<Record<string, Emitter>> = {
  process,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
};

/** For tests of what listens for as long as the process lives: it ends with each test. */
export function withoutNewListeners(): void {
  let before = new Set<unknown>();
  beforeEach(() => {
    before = new Set(all().map(({ listener }) => listener));
  });
  afterEach(() => {
    for (const { emitter, event, listener } of all())
      if (!before.has(listener)) emitter.removeListener(event, listener);
  });
}

interface Listening {
  readonly emitter: Emitter;
  readonly event: string | symbol;
  readonly listener: (...args: unknown[]) => void;
}

function all(): Listening[] {
  return Object.values(EMITTERS).flatMap((emitter) =>
    emitter.eventNames().flatMap((event) =>
      emitter.rawListeners(event).map((listener) => ({
        emitter,
        event,
        listener: listener as Listening["listener"],
      })),
    ),
  );
}
