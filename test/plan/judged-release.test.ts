import { describe, expect, it } from "vitest";
import { patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

/** It runs the older kernel, and GRUB starts the newest. */
const running = (release: string) =>
  patched(recordedHost("debian-grub").capture, { "/proc/sys/kernel/osrelease": `${release}\n` });

const DEVICES = { devices: { "vm-gpu": { class: "vga", address: "01:00" } } };

describe("without kernel.release, the kernel that boots next is the one that is judged", () => {
  it.each(["6.1.0-25-amd64", "6.1.0-26-amd64"])(
    "%s runs: vfio goes into the initrd of the next boot",
    async (release) => {
      const { steps, nextBoot } = await planOf(running(release), {
        ...DEVICES,
        vfio: { devices: ["vm-gpu"], bootDisplayAllowed: true },
      });
      expect(nextBoot.after).toMatchObject({ value: { release: { value: "6.1.0-26-amd64" } } });
      const made = steps.flatMap((step) =>
        step.kind === "exec" && step.argv[0] === "update-initramfs" ? [step.argv.at(-1)] : [],
      );
      expect(made).toEqual(["6.1.0-26-amd64"]);
    },
  );

  it("6.1.0-25-amd64 runs: the ACS patch is looked for in the next boot's kernel", async () => {
    const { acsOverride } = await planOf(running("6.1.0-25-amd64"), {
      kernelOptions: { present: ["pcie_acs_override=downstream"] },
    });
    expect(acsOverride?.release).toBe("6.1.0-26-amd64");
  });

  const MENU = "/boot/grub/grub.cfg";

  it("says that it looks at the running one where the next boot is unknown, and only where that decides something", async () => {
    const capture = patched(running("6.1.0-25-amd64"), { [MENU]: "if true; then\n" });
    const kernelOptions = { present: ["pcie_acs_override=downstream"] };
    const { acsOverride, diagnostics } = await planOf(capture, { kernelOptions });
    expect(acsOverride?.release).toBe("6.1.0-25-amd64");
    expect(diagnostics).toContainEqual(
      expect.objectContaining({ code: "judged-by-running", severity: "warning" }),
    );
    for (const spec of [{}, { kernel: { release: "6.1.0-26-amd64" }, kernelOptions }]) {
      const codes = (await planOf(capture, spec)).diagnostics.map(({ code }) => code);
      expect(codes).not.toContain("judged-by-running");
    }
  });
});
