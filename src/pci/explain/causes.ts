import type { MergeReason, PredictedGroup } from "../../model/index.ts";
import { explainNo } from "./reasons.ts";

/** What joins devices by their ids, whatever ports isolate. */
const SHARED_IDS: Readonly<Partial<Record<MergeReason["rule"], string>>> = {
  "conventional-bridge": "everything behind it speaks with its id",
  "real-dma-device": "everything behind it speaks with its id (Intel VMD)",
  "dma-alias": "shares its id with another device",
};

/** The ports and devices that keep something together, each with why. */
export function causesIn(groups: readonly PredictedGroup[]): ReadonlyMap<string, string> {
  const causes = new Map<string, string>();
  for (const reason of groups.flatMap(({ reasons }) => reasons)) {
    if (reason.rule === "acs-climb") causes.set(reason.port, explainNo(reason.no));
    if (reason.rule === "slot-mates") {
      causes.set(reason.judged, explainNo(reason.no));
      causes.set(reason.joins, explainNo(reason.mateNo));
    }
    const shared = SHARED_IDS[reason.rule];
    if (shared !== undefined) causes.set(reason.joins, shared);
  }
  return causes;
}
