import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Compares a spec (./host.yaml when none is named) with the host and shows what apply would
do: every change with its reason, the difference of every file, the steps in their order,
what boots next before and after, and what the spec asks for that no step can bring about.

It writes nothing on the host and runs only programs that read. Without root some facts
are unknown, and the plan says which.

With --out the plan is saved. hostcfg apply carries out a saved plan without asking, and
refuses it when the host has changed since.`,
  exits: [
    [EXIT.ok, "there is a plan, with or without changes"],
    [EXIT.error, "there is none, or it has errors and apply would refuse it"],
    [EXIT.changes, "with --detailed-exitcode: changes, or requirements that are not met"],
  ],
  examples: [
    ["look first, then apply exactly what was looked at", "sudo hostcfg plan host.yaml --out plan.json"],
    [
      "plan for a host that was recorded there with hostcfg capture",
      "hostcfg plan host.yaml --capture host.capture.json",
    ],
  ],
};
