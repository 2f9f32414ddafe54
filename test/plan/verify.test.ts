import { describe, expect, it } from "vitest";
import type { Verification } from "../../src/model.ts";
import type { Patch } from "../support/planning.ts";
import { patched, planOf, verificationOf } from "../support/planning.ts";
import { afterReboot, recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("pop-x570");
const devices = { "host-gpu": { id: "1002:731f" }, "vm-gpu": { id: "10de:2206" } };
const PACKAGED = "5.3.0-7625-generic";

function statuses(verification: Verification): Record<string, string> {
  return Object.fromEntries(verification.findings.map(({ address, status }) => [address, status]));
}

/** The option is staged by kernelstub, this boot came before. */
const staged: Patch = {
  "/etc/kernelstub/configuration": (capture.paths["/etc/kernelstub/configuration"]?.text ?? "").replaceAll(
    '"amd_iommu=on"',
    '"amd_iommu=on", "iommu=pt"',
  ),
  "/boot/efi/loader/entries/Pop_OS-current.conf": (
    capture.paths["/boot/efi/loader/entries/Pop_OS-current.conf"]?.text ?? ""
  ).replace("amd_iommu=on", "amd_iommu=on iommu=pt"),
};

describe("verify", () => {
  it("is satisfied by what this boot has", async () => {
    const spec = {
      kernel: { release: PACKAGED },
      kernelOptions: { present: ["amd_iommu=on"], absent: ["iommu"] },
    };
    const verification = await verificationOf(capture, spec);
    expect(verification.status).toBe("satisfied");
    expect(Object.values(statuses(verification))).toEqual([
      "satisfied",
      "satisfied",
      "satisfied",
      "satisfied",
    ]);
  });

  it("is pending for what is staged and waits for the reboot, groups included", async () => {
    const spec = {
      devices,
      kernelOptions: { present: ["iommu=pt"] },
      iommuGroups: { separate: [["host-gpu", "vm-gpu"]] },
    };
    const verification = await verificationOf(patched(capture, staged), spec);
    expect(statuses(verification)).toEqual({
      "kernelOptions.iommu": "pending",
      "iommuGroups.separate[0]": "pending",
    });
    expect(verification.status).toBe("pending");
  });

  it("is unsatisfied where the next boot would lose what this one has", async () => {
    const configuration = capture.paths["/etc/kernelstub/configuration"]?.text ?? "";
    const entry = capture.paths["/boot/efi/loader/entries/Pop_OS-current.conf"]?.text ?? "";
    const host = patched(capture, {
      "/etc/kernelstub/configuration": configuration.replaceAll('"amd_iommu=on"', '"splash"'),
      "/boot/efi/loader/entries/Pop_OS-current.conf": entry.replace(" amd_iommu=on", ""),
    });
    const verification = await verificationOf(host, { kernelOptions: { present: ["amd_iommu=on"] } });
    expect(verification.findings[0]?.reason).toContain("the next one would not");
    expect(verification.status).toBe("unsatisfied");
  });

  it("is unknown where a part of the spec could not be judged", async () => {
    const verification = await verificationOf(capture, {
      devices: { gone: { id: "dead:beef" } },
      kernel: { release: PACKAGED },
    });
    expect(statuses(verification)).toEqual({
      "kernel.initrd": "satisfied",
      "kernel.release": "satisfied",
      "devices.gone": "unknown",
    });
    expect(verification.status).toBe("unknown");
  });

  it("is unsatisfied for what neither this boot nor the next has", async () => {
    const spec = { kernel: { release: "5.3.0-acso" }, kernelOptions: { present: ["iommu=pt"] } };
    const verification = await verificationOf(capture, spec);
    expect(statuses(verification)).toMatchObject({
      "kernel.release": "unsatisfied",
      "kernelOptions.iommu": "unsatisfied",
    });
    expect(verification.status).toBe("unsatisfied");
  });

  it("judges the groups of this boot when no reboot is pending, and names who stands in the way", async () => {
    const spec = { devices, iommuGroups: { separate: [["host-gpu", "vm-gpu"]] } };
    const verification = await verificationOf(capture, spec);
    expect(verification.status).toBe("unsatisfied");
    expect(verification.findings[0]?.reason).toContain("30");
    expect(verification.findings[0]?.offenders).toContain("0000:0d:00.0");
    const rebooted = patched(capture, afterReboot().paths);
    expect((await verificationOf(rebooted, spec)).status).toBe("satisfied");
  });

  it("is unknown where a fact cannot be had", async () => {
    const host = patched(capture, { "/proc/cmdline": { kind: "file", error: "EACCES" } });
    expect((await verificationOf(host, { kernelOptions: { present: ["quiet"] } })).status).toBe("unknown");
  });

  it("counts links and packages as of now: there is nothing to wait for", async () => {
    const spec = {
      bootSymlinks: { "/boot/vmlinuz": `vmlinuz-${PACKAGED}`, "/boot/other": `vmlinuz-${PACKAGED}` },
    };
    expect(statuses(await verificationOf(capture, spec))).toEqual({
      "bootSymlinks./boot/vmlinuz": "satisfied",
      "bootSymlinks./boot/other": "unsatisfied",
    });
  });

  it("does not call a refused link satisfied", async () => {
    const spec = { bootSymlinks: { "/boot/vmlinuz": "vmlinuz-none" } };
    expect((await verificationOf(capture, spec)).status).toBe("unsatisfied");
  });

  it("says only that it is another host on another host", async () => {
    const verification = await verificationOf(capture, {
      hostname: "elsewhere",
      kernel: { release: PACKAGED },
    });
    expect(statuses(verification)).toEqual({ hostname: "unsatisfied" });
  });
});

it("a plan whose staged state is not live yet needs a reboot, with nothing to do", async () => {
  const plan = await planOf(patched(capture, staged), { kernelOptions: { present: ["iommu=pt"] } });
  expect([plan.steps.length, plan.rebootNeeded]).toEqual([0, true]);
});
