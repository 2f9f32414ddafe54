/** How time passes. Not what time it is: the host's clock may be wrong, and jumps both ways. */
export interface Timing {
  /** Seconds since some moment, by a clock that only goes forward: for all durations. */
  seconds(): number;
  /** Resolves after so many seconds, or at once when the signal is aborted. */
  pause(seconds: number, signal: AbortSignal): Promise<void>;
}

/** By the kernel's CLOCK_MONOTONIC (clock_gettime(2)), which nobody can set. */
export const MONOTONIC: Timing = {
  seconds: () => performance.now() / 1000,
  pause: async (seconds, signal) => {
    // Only a wait needs it, and it would cost every start.
    const { setTimeout: later } = await import("node:timers/promises");
    try {
      await later(seconds * 1000, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};
