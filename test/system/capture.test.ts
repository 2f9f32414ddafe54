import { describe, expect } from "vitest";
import { hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import { it } from "./rig/machines.ts";

describe("a capture", () => {
  it("gives the plan that the host gave, also once the host is another", async ({ machine }) => {
    await mustHostcfg(machine, "capture", "host.yaml", "--out", "host.json");
    const onHost = await hostcfg(machine, "plan", "--json");
    await machine.must(
      "sh",
      "-c",
      "rm /boot/vmlinuz; sed -i s/splash/nosplash/ /etc/kernelstub/configuration",
    );

    const fromCapture = await hostcfg(machine, "plan", "--json", "--capture", "host.json");
    expect(JSON.parse(fromCapture.stdout)).toEqual(JSON.parse(onHost.stdout));
    expect(await hostcfg(machine, "plan", "--json")).not.toEqual(onHost);
  });
});
