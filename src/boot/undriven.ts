import type { Diagnostic, HostState } from "../model/index.ts";
import type { BootWish, LoaderPlan } from "./loader.ts";
import { notMounted } from "./not-mounted.ts";
import { insteadOf } from "./refused.ts";
import { noPlan } from "./plan-parts.ts";
import { unknown } from "../facts/fact.ts";

/**
 * The loader's part of a plan for a host whose loader is unknown or left alone: nothing changes, and each part of the
 * spec that needs a loader is an error that says what to do.
 *
 * @param why Why there is no loader to drive, one clause.
 */
export function undriven(state: HostState, why: string, wish: BootWish): LoaderPlan {
  const { release, options } = wish;
  const parts: readonly Part[] = [
    ...(release === undefined
      ? []
      : [{ what: "kernel.release", specPath: ["kernel", "release"], wish: { release } }]),
    ...(options === undefined
      ? []
      : [{ what: "kernelOptions", specPath: ["kernelOptions"], wish: { options } }]),
  ];
  // Then it is told what to mount.
  const isTold = notMounted(state, unknown(why)).length > 0;
  return noPlan(why, isTold ? [] : parts.map((part) => diagnose(state, why, part)));
}

interface Part {
  readonly what: string;
  readonly specPath: readonly string[];
  readonly wish: BootWish;
}

function diagnose({ bootLoader, running }: HostState, why: string, part: Part): Diagnostic {
  const { what, specPath, wish } = part;
  const { candidates, refused } = bootLoader;
  if (candidates !== undefined)
    return {
      severity: "error",
      code: "boot-loader-ambiguous",
      summary: `${what} needs a boot loader: ${why}`,
      detail: bootLoader.evidence.join("\n"),
      hint: `say in the spec which it is: ${candidates.map((name) => `bootLoader: ${name}`).join(" or ")}`,
      specPath,
    };
  return {
    severity: "error",
    code: "boot-loader-unsupported",
    summary: `${what} needs a boot loader that hostcfg can drive: ${why}`,
    hint:
      refused === undefined
        ? `leave ${what} out on this host; a container or microVM is given its kernel and options from outside`
        : insteadOf(refused, wish, running),
    specPath,
  };
}
