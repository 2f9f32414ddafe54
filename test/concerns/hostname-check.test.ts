import { describe, expect, it } from "vitest";
import { codes, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const pop = recordedHost("pop-x570").capture;
const debian = recordedHost("debian-grub").capture;

describe("what is refused before anything else", () => {
  it("is a spec for another host", async () => {
    expect(codes(await planOf(pop, { hostname: "elsewhere" }), "error")).toEqual(["other-host"]);
    expect(codes(await planOf(pop, { hostname: "workstation" }), "error")).toEqual([]);
  });

  it("is a declared loader that the host has not, with those that it has", async () => {
    const plan = await planOf(debian, { bootLoader: "kernelstub" });
    expect(codes(plan, "error")).toEqual(["boot-loader-missing"]);
    expect(plan.diagnostics[0]?.summary).toMatch(/no kernelstub; it has grub$/);
  });

  it("is not a declared loader that this boot did not come through, but that is doubted", async () => {
    const plan = await planOf(patched(pop, { "/boot/grub/grub.cfg": "" }), { bootLoader: "grub" });
    expect(codes(plan, "error")).toEqual([]);
    expect(codes(plan, "warning")).toEqual(["boot-loader-doubtful"]);
    expect(plan.host.bootLoader).toEqual({ known: true, value: "grub" });
    const usual = await planOf(pop, { bootLoader: "kernelstub" });
    expect(codes(usual, "warning")).toEqual([]);
  });
});

describe("kernel options that contradict themselves or give isolation up", () => {
  it("two values of a name of which the kernel keeps one", async () => {
    const plan = await planOf(pop, {
      kernelOptions: { present: ["iommu=pt", "console=tty0", "console=ttyS0", "iommu=on"] },
    });
    expect(codes(plan, "error")).toEqual(["option-two-values"]);
    expect(plan.diagnostics[0]?.specPath).toEqual(["kernelOptions", "present", 3]);
  });

  it("what the boot loader writes itself", async () => {
    const kernelOptions = { present: ["root=/dev/sda3", "rootflags=subvol=@"], absent: ["ro"] };
    const plan = await planOf(pop, { kernelOptions });
    expect(codes(plan, "error")).toEqual(Array(3).fill("option-of-the-loader"));
  });

  it("the ACS override without a reason", async () => {
    const kernelOptions = { present: ["pcie_acs_override=downstream"] };
    expect(codes(await planOf(pop, { kernelOptions }), "warning")).toContain("acs-override-risk");
    const reasoned = await planOf(pop, { kernelOptions, iommuGroups: { acsOverrideReason: "lab" } });
    expect(codes(reasoned, "warning")).not.toContain("acs-override-risk");
  });
});
