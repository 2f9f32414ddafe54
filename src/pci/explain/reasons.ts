import type { AcsNo, MergeReason } from "../../model/index.ts";
import { inWords } from "../describe.ts";
import type { Namer } from "./names.ts";

/** Why one device came into the group of another, as a sentence that a person can act on. */
export function explainReason(reason: MergeReason, name: Namer): string {
  const { device, joins } = reason;
  switch (reason.rule) {
    case "acs-climb": {
      const { port, no } = reason;
      const below =
        port === joins
          ? `so everything below it can reach its neighbours, and ${name(device)} is in the port's group`
          : `so nothing below it is kept apart, and ${name(device)} is in the group of ${name(joins)}`;
      return `${name(port)} ${explainNo(no)}, ${below}`;
    }
    case "conventional-bridge":
      return `${name(device)} is behind ${name(joins)}, and everything behind a bridge to conventional PCI speaks with the bridge's id`;
    case "dma-alias":
      return `${name(device)} and ${name(joins)} are known to speak with each other's id (a table of the kernel)`;
    case "slot-mates": {
      const { judged, no, mateNo } = reason;
      const own = judged === device ? "" : ` (${name(device)} counts as its function)`;
      return `${name(judged)}${own} ${explainNo(no)}, and ${name(joins)} in the same slot ${explainNo(mateNo)}, so that they could reach each other`;
    }
    case "real-dma-device":
      return `${name(device)} is behind Intel VMD and speaks with the id of ${name(joins)}`;
    case "together-now":
      return `${name(device)} and ${name(joins)} are in one group now, and nothing that is declared changes it`;
  }
}

/** A verb phrase: what a device lacks. */
export function explainNo(no: AcsNo): string {
  switch (no.why) {
    case "no-acs-capability":
      return no.assumed === true
        ? "seems to have no ACS capability (without root that is only a guess)"
        : "has no ACS capability";
    case "acs-bits-off": {
      const bits = inWords(no.missing);
      return no.by === undefined
        ? `has ACS, but ${bits} ${no.missing.length === 1 ? "is" : "are"} off`
        : `has ACS, but the option pci=${no.by}= switches ${bits} off`;
    }
    case "quirk-row-no":
      return `is in the kernel's table of devices that do not isolate (${no.rule})`;
    case "bridge-type":
      return "is of a kind that never isolates (a bridge to or from conventional PCI)";
    case "conventional":
      return "is a conventional PCI device, which cannot isolate";
  }
}
