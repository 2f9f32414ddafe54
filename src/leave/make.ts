import type { DraftStep } from "../boot/loader.ts";
import { WAY_BACK_ADDRESS } from "../boot/way-back.ts";
import type { Reader } from "../host/reader.ts";
import type { Change, NoLongerDeclared, Plan } from "../model/index.ts";
import type { Observed } from "../plan/make.ts";
import { makePlan } from "../plan/make.ts";
import { makeDisable } from "../verify-at-boot/make.ts";
import { readUnit } from "../verify-at-boot/read.ts";
import { LEAVE, bootedByOwn, leftovers } from "./leftovers.ts";

export interface LeaveInput extends Observed {
  readonly hostcfgVersion: string;
}

/**
 * The plan that takes hostcfg off a host: that of a spec which declares nothing, the unit of verify at boot, and what is left
 * of hostcfg where nothing else changes any more. As long as something does, what booted before stays in the menu: the host
 * has not shown yet that it comes up without hostcfg.
 */
export function planLeave(reader: Reader, input: LeaveInput): Plan {
  const ordinary = makePlan(input);
  const unit = makeDisable({ ...input, facts: readUnit(reader) });
  const drafts: DraftStep[] = unit.steps.map(({ id: _id, ...step }) => ({ ...step, stage: "cleanup" }));
  const settled = ordinary.changes.every(({ effect }) => effect === "now") && !ordinary.rebootNeeded;
  const why = !settled
    ? "it is the way back until this host has booted without hostcfg: leave again after the reboot"
    : bootedByOwn(input.state);
  const rest = leftovers(reader, input.state);
  const gone = why === undefined ? rest : rest.filter(({ isOfBoot }) => !isOfBoot);
  const change: Change = {
    address: LEAVE,
    action: "delete",
    before: "files of hostcfg",
    after: null,
    reason: "hostcfg is to leave this host",
    effect: "now",
  };
  const kept: NoLongerDeclared[] = [
    ...(why === undefined || gone.length === rest.length
      ? []
      : [{ address: WAY_BACK_ADDRESS, outcome: "kept" as const, reason: why }]),
    {
      address: "journal",
      outcome: "kept",
      reason:
        "hostcfg undo needs the records; to remove them, once nothing is to be undone: sudo rm -r /var/lib/hostcfg",
    },
  ];
  return makePlan({
    ...input,
    leaving: {
      drafts: [...drafts, ...gone.map(({ step }) => step)],
      changes: [...unit.changes, ...(gone.length === 0 ? [] : [change])],
      kept,
    },
  });
}
