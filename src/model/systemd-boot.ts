import type { Fact } from "../model.ts";
import type { LoaderEntry } from "./bls.ts";

/** systemd-boot with kernel-install: its entries and what chooses among them. */
export interface SystemdBootFacts {
  /** What shows that it is there, one clause. */
  readonly evidence: string;
  readonly entries: Fact<readonly LoaderEntry[]>;
}
