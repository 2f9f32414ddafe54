import { expect, it } from "vitest";
import { renderPlan } from "../../src/cli/views/plan.ts";
import { PLAIN } from "../../src/cli/style.ts";
import { inFolder } from "../faults/support/acts.ts";
import { Machine } from "./machine.ts";

it("a plan that is tried says what comes of it, whatever happens in its boot", async () => {
  await inFolder(async (folder) => {
    const machine = new Machine(folder, "debian-grub", { kernelOptions: { present: ["iommu=pt"] } });
    const shown = await renderPlan(await machine.trialPlan(), PLAIN);
    expect(shown.slice(shown.indexOf("\nTrial\n")).split("\n\n")[0]?.trim()).toBe(`Trial
  Kept         where hostcfg keep is typed within 10 minutes after the start of that boot
  Not kept     the host reboots into what boots now, and that boot takes the trial back
  A panic      resets the host after 30 seconds: then as if not kept
  A hang       has to be ended by a person, for there is no watchdog: then as if not kept
  A power cut  boots what boots now: then as if not kept
  It does not reboot this host.`);
  });
});
