import type { SeenInitrds } from "../../src/facts/initrd-whole.ts";
import type { Host } from "../../src/host/host.ts";
import type { CheckBoot } from "../../src/simulate/boot-watch.ts";
import type { HostState } from "../../src/model/index.ts";
import { checkBoot } from "../../src/plan/check.ts";
import { probe } from "../../src/plan/probe.ts";

/** Judges the host's boot by a look of its own each time, or by that of the last replan where it may. */
export function checkingBoot(
  host: Host,
  lastProbe: () => HostState | undefined = () => undefined,
): CheckBoot {
  const seen: SeenInitrds = new Map();
  return async (probed) => {
    const reader = host.reader();
    const state = (probed ? lastProbe() : undefined) ?? (await probe(reader));
    return checkBoot({ reader, state, seen });
  };
}
