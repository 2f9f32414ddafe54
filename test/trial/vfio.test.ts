import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MODPROBE_FILE } from "../../src/facts/vfio-files.ts";
import type { Plan } from "../../src/model/index.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { inFolder } from "../faults/support/acts.ts";
import { materialise } from "../support/materialise.ts";
import { recordedHost } from "../support/recorded-hosts.ts";
import { Machine } from "./machine.ts";

const CARD: Omit<HostSpec, "apiVersion"> = {
  devices: { "vm-gpu": { class: "vga", address: "01:00" } },
  vfio: { devices: ["vm-gpu"] },
};

async function planned(work: (machine: Machine) => void = () => undefined): Promise<Plan> {
  return inFolder(async (folder) => {
    const machine = new Machine(folder, "debian-grub", CARD);
    materialise(recordedHost("debian-grub").capture, machine.root);
    work(machine);
    return machine.trialPlan();
  });
}

function errorsOf({ diagnostics }: Plan): readonly string[] {
  return diagnostics.filter(({ severity }) => severity === "error").map(({ summary }) => summary);
}

describe("a binding to vfio-pci that is tried", () => {
  it("does not act in the boot of before: its kernel takes no vfio-pci", async () => {
    const plan = await planned();
    expect(errorsOf(plan)).toEqual([]);
    const [custom] = plan.steps.flatMap((step) =>
      step.kind === "writeFile" && step.path === "/boot/grub/custom.cfg" ? [step.content] : [],
    );
    const lines = custom?.split("\n").filter((line) => line.includes("hostcfg.boot="));
    expect(lines).toEqual([
      expect.stringMatching(/hostcfg\.boot=before module_blacklist=vfio_pci$/),
      expect.stringMatching(/hostcfg\.boot=trial panic=30$/),
    ]);
  });

  it("is refused where the boot of before binds by the same file", async () => {
    const plan = await planned(({ root }) => {
      mkdirSync(join(root, "etc/modprobe.d"), { recursive: true });
      writeFileSync(join(root, MODPROBE_FILE), "options vfio-pci ids=1002:67ef\n");
    });
    expect(errorsOf(plan)).toContain(
      `this plan cannot be tried: ${MODPROBE_FILE} is there, and the boot of before reads it as well`,
    );
  });
});
