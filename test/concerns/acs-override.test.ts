import { describe, expect, it } from "vitest";
import type { AcsPatch, DebFact, Fact } from "../../src/model/index.ts";
import { codes, debOf, packageOf, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("pop-x570");
const RUNNING = "5.3.0-7625-generic";
const ACS = "5.3.0-acso";
const kernelOptions = { present: ["amd_iommu=on", "pcie_acs_override=downstream"] };
const iommuGroups = { acsOverrideReason: "a lab machine" };

function imageDeb(release: string, acsPatches: Fact<readonly AcsPatch[]>): DebFact {
  return { ...debOf(`linux-image-${release}`, "1"), acsPatches };
}

function patch(release: string, answer: AcsPatch["answer"]): Fact<readonly AcsPatch[]> {
  return { known: true, value: [{ release, answer, evidence: [`its image: ${answer}`] }] };
}

describe("pcie_acs_override", () => {
  it("is an error on a running kernel that does not carry the patch, with what shows it", async () => {
    const plan = await planOf(capture, { kernelOptions, iommuGroups });
    expect(codes(plan, "error")).toEqual(["acs-override-unpatched"]);
    expect(plan.applyable).toBe(false);
    const problem = plan.diagnostics.find(({ code }) => code === "acs-override-unpatched");
    expect(problem).toMatchObject({
      detail: `/boot/System.map-${RUNNING} lists the kernel's PCI functions, and none of the patch`,
      specPath: ["kernelOptions", "present", 1],
    });
    expect(problem?.hint).toContain("leave the option out");
    expect(plan.acsOverride).toMatchObject({ release: RUNNING, answer: "absent" });
  });

  it("is fine on one that carries it", async () => {
    const host = patched(capture, { [`/boot/System.map-${RUNNING}`]: "0 t pcie_acs_overrides\n" });
    const plan = await planOf(host, { kernelOptions, iommuGroups });
    expect(codes(plan, "error")).toEqual([]);
    expect(plan.acsOverride).toMatchObject({ release: RUNNING, answer: "carried" });
  });

  it("is judged by the declared kernel, not by the one that runs", async () => {
    const host = patched(capture, {
      [`/boot/System.map-${ACS}`]: "0 t pcie_acs_override_setup\n",
      [`/boot/vmlinuz-${ACS}`]: "MZ",
      [`/boot/initrd.img-${ACS}`]: "initrd",
      [`/lib/modules/${ACS}/modules.dep`]: "",
    });
    const plan = await planOf(host, { kernel: { release: ACS }, kernelOptions, iommuGroups });
    expect(codes(plan, "error")).not.toContain("acs-override-unpatched");
    expect(plan.acsOverride).toMatchObject({ release: ACS, answer: "carried" });
  });

  it.each([
    ["carried", []],
    ["absent", ["acs-override-unpatched"]],
  ] as const)("is judged by what a package brings before it is installed: %s", async (answer, errors) => {
    const release = "6.6.0-mine";
    const deb = imageDeb(release, patch(release, answer));
    const spec = { kernel: { release, packages: [packageOf(deb)] }, kernelOptions, iommuGroups };
    const plan = await planOf(capture, spec, [deb]);
    expect(codes(plan, "error")).toEqual(errors);
    expect(plan.acsOverride).toEqual({ release, answer, evidence: [`its image: ${answer}`] });
  });

  it("is only warned of where nothing shows whether the kernel carries it, with all that was looked at", async () => {
    const release = "6.6.0-mine";
    const deb = imageDeb(release, { known: false, why: "its data archive cannot be unpacked" });
    const spec = { kernel: { release, packages: [packageOf(deb)] }, kernelOptions, iommuGroups };
    const plan = await planOf(capture, spec, [deb]);
    expect(codes(plan, "error")).toEqual([]);
    expect(codes(plan, "warning")).toContain("acs-override-unproven");
    expect(plan.acsOverride).toEqual({
      release,
      answer: "unknown",
      evidence: ["its data archive cannot be unpacked", "6.6.0-mine is of no family that hostcfg knows"],
    });
  });

  it.each([
    [ACS, "carried"],
    ["6.8.0-49-generic", "absent"],
  ])("is judged by the family of %s where nothing of it can be read", async (release, answer) => {
    const deb = imageDeb(release, patch(release, "unknown"));
    const spec = { kernel: { release, packages: [packageOf(deb)] }, kernelOptions, iommuGroups };
    const { acsOverride } = await planOf(capture, spec, [deb]);
    expect(acsOverride).toMatchObject({ answer });
    expect(acsOverride?.evidence.at(-1)).toContain("by its family");
  });

  it("is not asked about where it is not declared: nothing is read then", async () => {
    const plan = await planOf(capture, {
      kernelOptions: { present: ["quiet"], absent: ["pcie_acs_override"] },
    });
    expect(plan.acsOverride).toBeUndefined();
  });
});
