import type { Fact } from "./fact.ts";

/**
 * Which card each device name of a spec meant when the spec was applied last: the lock file beside the spec, for
 * version control (schemas/lock-v1.json).
 */

export interface DeviceLock {
  readonly formatVersion: "1.0";
  /** By the device's name in the spec. */
  readonly devices: Readonly<Record<string, LockedDevice>>;
}

export interface LockedDevice {
  /** Of the root bus, `dddd:bb`. */
  readonly rootBus: string;
  /** Device and function number of every bridge from the root bus down, then the slot's device number: `03.1/00`. */
  readonly path: string;
  /** `dddd:bb:dd`. For persons: bus numbers change when cards are added elsewhere. */
  readonly slot: string;
  /** All of the slot, by number. */
  readonly functions: readonly LockedFunction[];
}

export interface LockedFunction {
  readonly function: number;
  /** `vvvv:dddd`. */
  readonly id: string;
  readonly subsystem: string;
}

/** The lock file as it is there. */
export interface DeviceLockFile {
  /** Absolute, on the machine that runs hostcfg. */
  readonly path: string;
  /** Unknown where it cannot be read, is damaged, or is of another format. */
  readonly content: Fact<DeviceLock>;
}
