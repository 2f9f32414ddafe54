import type { Finding } from "../../model/index.ts";
import type { LiveInput } from "./live.ts";
import { finding } from "./live.ts";

/** What is so at once, so that the plan itself is the judgement: packages, holds, links, and who shares a group. */
export function ofNow({ plan }: LiveInput): readonly Finding[] {
  const isOfNow = (address: string): boolean =>
    !/^(kernel\.release$|kernelOptions\.|vfio\b|bootLoader\.|health$)/.test(address);
  return [
    ...plan.unchanged
      .filter(({ address }) => isOfNow(address))
      .map(({ address, reason }) => finding(address, "satisfied", reason)),
    ...plan.changes
      .filter(({ address }) => isOfNow(address))
      .map(({ address, reason }) => finding(address, "unsatisfied", reason)),
    ...plan.diagnostics.flatMap(({ severity, code, address, summary }) =>
      severity === "error" &&
      address !== undefined &&
      (address.startsWith("bootSymlinks.") || code === "host-device-in-vm-group")
        ? [finding(address, "unsatisfied", summary)]
        : [],
    ),
  ];
}
