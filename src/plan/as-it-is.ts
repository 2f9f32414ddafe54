import type { Fact, HostState, NextBoot } from "../model/index.ts";
import type { Comparison } from "./make.ts";
import { compare } from "./make.ts";

export interface AsItIs {
  readonly host: Comparison["host"];
  readonly nextBoot: Fact<NextBoot>;
}

/** What a plan says of a host that it declares nothing of. */
export function asItIs(state: HostState): AsItIs {
  const { host, nextBoot } = compare({
    source: {
      path: "",
      sha256: "",
      spec: { apiVersion: "hostcfg/v1" },
      diagnostics: [],
      locate: () => undefined,
    },
    state,
    debs: [],
  });
  return { host, nextBoot: nextBoot.before };
}
