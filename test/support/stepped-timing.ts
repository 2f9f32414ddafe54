import type { Timing } from "../../src/apply/timing.ts";

/** Time that passes only where somebody pauses. */
export class SteppedTiming implements Timing {
  #seconds = 0;

  seconds(): number {
    return this.#seconds;
  }

  pause(seconds: number, signal: AbortSignal): Promise<void> {
    if (!signal.aborted) this.#seconds += seconds;
    return Promise.resolve();
  }
}
