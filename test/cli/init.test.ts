import { describe, expect, it } from "vitest";
import { makePlan } from "../../src/plan/make.ts";
import { probe, probeDebs } from "../../src/plan/probe.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import { unknownAddresses } from "../../src/plan/groups.ts";
import { recordedHost, recordedHosts } from "../support/recorded-hosts.ts";
import type { Session } from "./fakes.ts";
import { run } from "./fakes.ts";

/** The real functions on a recorded host. */
const init = (host: string, line = "", session: Session = {}) =>
  run(`init ${line}`, {
    files: {},
    host: recordedHost(host).capture,
    engine: { probe, probeDebs, makePlan, unknownAddresses },
    ...session,
  });

interface Document {
  readonly text: string;
  readonly plan: { readonly changes: readonly { readonly address: string }[] };
}

describe("hostcfg init", () => {
  it.each(recordedHosts().map(({ name }) => name))(
    "writes a spec of %s that changes nothing",
    async (name) => {
      const ran = await init(name, "--json");
      expect(ran.exit).toBe(0);
      const { text, plan } = JSON.parse(ran.stdout) as Document;
      expect(plan.changes).toEqual([]);
      expect(
        parseSpec("host.yaml", Buffer.from(text)).diagnostics.map(({ severity }) => severity),
      ).not.toContain("error");
      expect(ran.written["/desk/host.yaml"]).toBe(text);
    },
  );

  it("declares a kernel that is the default, with the links, and makes a comment of one that is not", async () => {
    const pinned = (await init("intel-z390", "--plan-only")).stdout;
    expect(pinned).toContain('\nkernel:\n  release: "6.9.3-76060903-generic"\n');
    expect(pinned).toContain("\nbootSymlinks:\n");
    const newest = (await init("debian-grub", "--plan-only")).stdout;
    expect(newest).toContain(
      '# Not so yet: GRUB_DEFAULT does not name it\n# kernel:\n#   release: "6.1.0-26-amd64"\n',
    );
    expect(newest).toContain("# bootSymlinks:\n");
  });

  it("names options beyond the installer's, and cards by id, by path where two are alike", async () => {
    const { stdout } = await init("intel-z390", "--plan-only");
    expect(stdout).toContain("    - intel_iommu=on\n    - iommu=pt\n");
    expect(stdout).not.toMatch(/- (?:root=|quiet|ro)\b/);
    expect(stdout).toContain('gpu-2: { id: "10de:1f07", path: "01.0/00.0" }');
    expect(stdout).toContain('nic-1: { id: "8086:15bc", functions: [6] }');
  });

  it("hands a card to a virtual machine, apart from the host's own display, with what else may be needed", async () => {
    const ran = await init("pop-x570", "--vm 0d:00 --json");
    const { text, plan } = JSON.parse(ran.stdout) as Document;
    expect(text).toContain("vfio:\n  devices: [vm-gpu]\n");
    expect(text).toContain("  separate:\n    - [gpu, vm-gpu]\n  isolated: [vm-gpu]\n");
    expect(text).toContain('    # - "pcie_acs_override=id:1022:1483" # would part them');
    expect(plan.changes.map(({ address }) => address)).toContain("vfio.vm-gpu");
    expect(plan.changes.map(({ address }) => address)).not.toContain("kernel.release");
  });

  it("takes one function alone where its slot is no single card", async () => {
    const { stdout } = await init("intel-z390", "--vm 00:1f.3 --plan-only");
    expect(stdout).toMatch(/vm-audio: \{ id: "[0-9a-f:]+", functions: \[3\] \}/);
  });

  it("never overwrites a file", async () => {
    const ran = await init("debian-grub", "", { files: { "host.yaml": "apiVersion: hostcfg/v1\n" } });
    expect(ran).toMatchObject({ exit: 1, written: {} });
    expect(ran.stderr).toContain("host.yaml");
  });

  it("refuses a device that is not there", async () => {
    const ran = await init("debian-grub", "--vm 77:00");
    expect(ran).toMatchObject({ exit: 1, written: {} });
    expect(ran.stderr).toContain("no PCI device of this host has the address 77:00");
  });
});
