import { describe, expect, it } from "vitest";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { checkBoot } from "../../src/plan/check.ts";
import { probe } from "../../src/plan/probe.ts";
import { patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const FSTAB = "/etc/fstab";
const LINE = "UUID=7f0c2a1e-51a4-4a39-8d5f-1f2b7e0c9a11";

function withLine(host: string, mountPoint: string, options = "defaults"): ReturnType<typeof patched> {
  const { capture } = recordedHost(host);
  const text = capture.paths[FSTAB]?.text ?? "";
  return patched(capture, { [FSTAB]: `${text}${LINE} ${mountPoint} ext4 ${options} 0 2\n` });
}

describe("a file system of the boot that fstab names and that is not mounted", () => {
  it.each([
    ["debian-grub", "/boot", "defaults"],
    ["debian-grub", "/boot/", "noauto"],
    ["pop-x570", "/efi", "defaults"],
    ["sd-boot-debian", "/boot", "defaults"],
    ["proxmox-zfs", "/boot", "defaults"],
  ])("is an error of every plan, before anything is written: %s, %s", async (host, mountPoint, options) => {
    const capture = withLine(host, mountPoint, options);
    for (const spec of [{}, { kernelOptions: { present: ["iommu=pt"] } }]) {
      const plan = await planOf(capture, spec);
      expect(plan.applyable).toBe(false);
      expect(plan.diagnostics).toContainEqual({
        severity: "error",
        code: "boot-not-mounted",
        summary: `${mountPoint.replace(/\/$/, "")} is not mounted, and /etc/fstab has ${LINE} there: what is seen below it is not what this host starts from`,
        hint: `sudo mount ${mountPoint.replace(/\/$/, "")}`,
      });
      expect(plan.nextBoot.before.known).toBe(false);
    }
  });

  it("is an error of check, which cannot see what boots", async () => {
    const reader = new LinkReader(new CaptureTree(withLine("debian-grub", "/boot")));
    const state = await probe(reader, { apiVersion: "hostcfg/v1" });
    const { verdict, problems } = await checkBoot({ reader, state });
    expect([verdict, problems.map(({ code }) => code)]).toEqual(["unknown", ["boot-not-mounted"]]);
  });

  it("does not matter where the loader reads nothing of it", async () => {
    for (const mountPoint of ["/efi", "/srv"]) {
      const { diagnostics } = await planOf(withLine("debian-grub", mountPoint), {});
      expect(diagnostics).toEqual([]);
    }
  });
});
