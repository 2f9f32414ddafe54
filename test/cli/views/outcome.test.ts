import { describe, expect, it } from "vitest";
import type { ApplyOutcome } from "../../../src/apply/events.ts";
import { PLAIN } from "../../../src/cli/style.ts";
import { renderOutcome, renderReboot } from "../../../src/cli/views/outcome.ts";

const journal = "/var/lib/hostcfg/journal/1";

const UNKNOWN_BOOT = { known: false, why: "not in this test" } as const;

const NEXT_BOOT = {
  known: true,
  value: {
    loader: "kernelstub",
    release: { known: true, value: "5.3.0" },
    kernel: "/k",
    initrd: "/i",
    options: "ro",
    rule: "it is the only one",
    fallback: UNKNOWN_BOOT,
  },
} as const;

describe("the outcome of an apply as text", () => {
  it.each<[ApplyOutcome, string]>([
    [{ status: "nothing-to-do" }, "Nothing to do: nothing was changed.\n"],
    [{ status: "applied", journal, steps: 1 }, `Applied 1 step. Journal: ${journal}\n`],
    [
      {
        status: "failed",
        journal,
        step: 3,
        why: "dpkg exited with 1",
        hint: "mend it",
        nextBoot: UNKNOWN_BOOT,
      },
      `error: step 3 failed: dpkg exited with 1\nDo not reboot yet: what boots next is unknown: not in this test\nhint: mend it\nJournal: ${journal}\n`,
    ],
    [
      { status: "interrupted", journal, done: 2, left: 3, nextBoot: NEXT_BOOT },
      `Interrupted: 2 steps done, 3 left. Journal: ${journal}\nA reboot now would start 5.3.0.\nhint: apply the spec again: that does what is left (a saved plan is used up)\n`,
    ],
    [
      { status: "stale", moved: ["/boot/vmlinuz is not as it was"] },
      "moved: /boot/vmlinuz is not as it was\nerror: the host changed after the plan was shown; nothing was changed\nhint: look at a new plan before you apply it\n",
    ],
    [
      { status: "interrupted", done: 0, left: 3, nextBoot: NEXT_BOOT },
      `Interrupted: 0 steps done, 3 left.\nA reboot now would start 5.3.0.\nhint: nothing was changed: run the same command again\n`,
    ],
    [
      {
        status: "busy",
        lock: "/var/lib/dpkg/lock-frontend",
        holder: { pid: 123, program: "unattended-upgr" },
        seconds: 120.3,
      },
      "error: the package manager is at work: unattended-upgr (pid 123) holds /var/lib/dpkg/lock-frontend, still after 120 s; nothing was changed\nhint: wait for it to end, then run the same command again; --lock-timeout SECONDS waits longer\n",
    ],
    [
      { status: "locked" },
      "error: another apply runs on this host; nothing was changed\nhint: wait for it to end, then run the same command again\n",
    ],
  ])("%j", (outcome, text) => {
    expect(renderOutcome(outcome, PLAIN)).toBe(text);
  });
});

describe("the reboot that an apply needs", () => {
  const applied = { status: "applied", journal, steps: 1 } as const;
  const doubt = "do not reboot: the initrd is missing";
  it.each([
    ["is asked for where what boots next is whole", true, applied, "Reboot to finish.\n"],
    [
      "is not where that is broken or unknown",
      true,
      { ...applied, doubt },
      `Before you reboot: ${doubt}\nhint: hostcfg check tells what of it is known\n`,
    ],
    ["is not spoken of where none is needed", false, applied, ""],
  ] as const)("%s", (_, rebootNeeded, outcome, said) => {
    expect(renderReboot({ rebootNeeded }, outcome, "Reboot to finish.", PLAIN)).toBe(said);
  });
});
