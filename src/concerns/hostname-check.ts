import { presentLoaders } from "../boot/present.ts";
import type { Diagnostic } from "../model/index.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";
import type { Declare } from "./declare/declare.ts";
import { scalar } from "./declare/yaml.ts";

/** What must hold before anything else is planned. */
export function hostnameCheck(input: ConcernInput): ConcernResult {
  return { diagnostics: [...otherHost(input), ...bootLoader(input)] };
}

function otherHost({ spec, state }: ConcernInput): Diagnostic[] {
  if (spec.hostname === undefined) return [];
  const { hostname } = state.identity;
  if (hostname.known && hostname.value === spec.hostname) return [];
  const here = hostname.known
    ? `this host is ${hostname.value}`
    : `this host's name is unknown: ${hostname.why}`;
  return [
    {
      severity: "error",
      code: "other-host",
      summary: `the spec is for ${spec.hostname}, but ${here}`,
      hint: "use the spec of this host, or correct hostname",
      specPath: ["hostname"],
    },
  ];
}

function bootLoader({ spec, state }: ConcernInput): Diagnostic[] {
  const declared = spec.bootLoader;
  if (declared === undefined) return [];
  const facts = state.bootLoader;
  const present = presentLoaders(facts);
  if (!present.includes(declared)) {
    const here = present.length === 0 ? "no other that hostcfg can drive either" : present.join(", ");
    return [
      {
        severity: "error",
        code: "boot-loader-missing",
        summary: `the spec says bootLoader: ${declared}, but this host has no ${declared}; it has ${here}`,
        hint: "leave bootLoader out: hostcfg then shows what it detected, and why",
        specPath: ["bootLoader"],
      },
    ];
  }
  const { startedBy } = facts;
  if (startedBy === undefined || startedBy.loaders.includes(declared)) return [];
  return [
    {
      severity: "warning",
      code: "boot-loader-doubtful",
      summary: `the spec says bootLoader: ${declared}, but this boot was started by ${startedBy.name}`,
      detail: facts.evidence.join("\n"),
      hint: `changes to ${declared} take effect only if the firmware starts it at the next boot: see efibootmgr, and the boot menu of the firmware`,
      specPath: ["bootLoader"],
    },
  ];
}

export const declareHostname: Declare = ({ state: { identity } }) =>
  identity.hostname.known ? { about: [], value: scalar(identity.hostname.value) } : undefined;
