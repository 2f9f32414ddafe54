import { describe, expect } from "vitest";
import { STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import { it } from "./rig/machines.ts";

describe("kernel.hold", () => {
  it("holds the declared packages with the real apt-mark, once", async ({ machine }) => {
    await machine.must("sed", "-i", "s/^  release: .*/&\\n  hold: true/", `${STORY}/host.yaml`);

    await mustHostcfg(machine, "apply", "--auto-approve");
    expect(await machine.must("apt-mark", "showhold")).toBe(
      "linux-headers-5.3.0-acso\nlinux-image-5.3.0-acso\n",
    );
    expect((await hostcfg(machine, "plan")).stdout).toContain("No changes. The next boot matches the spec.");
  });
});
