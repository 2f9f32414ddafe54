import { describe, expect, it } from "vitest";
import type { Capture } from "../../src/host/capture.ts";
import { BOOT_LOG_QUERIES } from "../../src/host/queries.ts";
import type { QueryAnswer } from "../../src/host/reader.ts";
import type { Verification } from "../../src/model/index.ts";
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
    // Without configuration space nothing is predicted but by a guess, so the reboot must show it.
    const spaces = Object.keys(capture.paths).filter((path) => /^\/sys\/devices\/.*\/config$/.test(path));
    const unread = Object.fromEntries(spaces.map((path) => [path, null]));
    const verification = await verificationOf(patched(capture, { ...staged, ...unread }), spec);
    expect(statuses(verification)).toEqual({
      "kernelOptions.iommu": "pending",
      "iommuGroups.separate[0]": "pending",
    });
    expect(verification.status).toBe("pending");
  });

  it("is unsatisfied before the reboot already where the next boot is known to make the same groups", async () => {
    const spec = {
      devices,
      kernelOptions: { present: ["iommu=pt"] },
      iommuGroups: { separate: [["host-gpu", "vm-gpu"]] },
    };
    const { findings, status } = await verificationOf(patched(capture, staged), spec);
    const separate = findings.find(({ address }) => address === "iommuGroups.separate[0]");
    expect([status, separate?.status]).toEqual(["unsatisfied", "unsatisfied"]);
    expect(separate?.reason).toMatch(/^at the next boot host-gpu and vm-gpu are still in one group/);
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

describe("pcie_acs_override on this boot's line", () => {
  const option = "pcie_acs_override=downstream";
  const spec = { kernelOptions: { present: [option] } };
  const [dmesg, journal] = BOOT_LOG_QUERIES;
  const booted = (log: QueryAnswer, patch: Patch = {}): Capture => {
    const queries = [...capture.queries, { argv: dmesg, answer: log }, { argv: journal, answer: missing }];
    const line = `${capture.paths["/proc/cmdline"]?.text?.trim() ?? ""} ${option}\n`;
    return patched({ ...capture, queries }, { "/proc/cmdline": line, ...patch });
  };
  const missing: QueryAnswer = { ran: false, why: "journalctl is not installed" };
  const said = (text: string): QueryAnswer => ({
    ran: true,
    exitCode: 0,
    stdout: `[    0.000000] Linux version ${PACKAGED}\n${text}\n`,
    stderr: "",
  });
  const finding = async (host: Capture, more: object = {}) =>
    (await verificationOf(host, { ...spec, ...more })).findings.find(
      ({ address }) => address === "acsOverride",
    );

  it.each([
    [
      "satisfied",
      said("Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA"),
    ],
    [
      "unsatisfied",
      said(`Unknown kernel command line parameters "splash ${option}", will be passed to user space.`),
    ],
    ["unknown", said('Unknown kernel command line parameters "splash", will be passed to user space.')],
    ["unknown", missing],
  ] as const)("is %s by what the kernel's log says", async (status, log) => {
    expect(await finding(booted(log))).toMatchObject({ status });
  });

  it("waits for the reboot where another kernel boots next", async () => {
    const unknownOption = said(
      `Unknown kernel command line parameters "${option}", will be passed to user space.`,
    );
    const running = { "/proc/sys/kernel/osrelease": "5.3.0-24-generic\n" };
    expect(await finding(booted(unknownOption, running), { kernel: { release: PACKAGED } })).toMatchObject({
      status: "pending",
    });
  });

  it("is unsatisfied before any boot with it where the kernel could not read it", async () => {
    expect(await finding(capture)).toMatchObject({ status: "unsatisfied" });
  });

  it("is not judged where it is not declared", async () => {
    const verification = await verificationOf(booted(missing), { kernelOptions: { absent: ["iommu"] } });
    expect(verification.findings.map(({ address }) => address)).toEqual(["kernelOptions.iommu"]);
  });
});

it("a plan whose staged state is not live yet needs a reboot, with nothing to do", async () => {
  const plan = await planOf(patched(capture, staged), { kernelOptions: { present: ["iommu=pt"] } });
  expect([plan.steps.length, plan.rebootNeeded]).toEqual([0, true]);
});
