import { describe, expect, it } from "vitest";
import { makePlan } from "../../src/plan/make.ts";
import { probe, probeDebs } from "../../src/plan/probe.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import { unknownAddresses } from "../../src/plan/groups.ts";
import { patched } from "../support/planning.ts";
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
      expect(parseSpec("host.yaml", Buffer.from(text)).diagnostics).toEqual([]);
      expect(ran.written["/desk/host.yaml"]).toBe(text);
      const planned = await run("plan", {
        files: { "host.yaml": text },
        host: recordedHost(name).capture,
        engine: { probe, probeDebs, makePlan },
      });
      expect(planned.exit).toBe(0);
      expect(planned.stdout).toMatch(/\nNo changes/);
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

  /** Three loaders, and of each kind of group: shared, with a root port's switch, and no IOMMU in the options. */
  it.each([
    ["pop-x570", "0d:00", []],
    ["two-identical-gpus", "02:00", []],
    ["intel-z390", "05:00", []],
    ["sd-boot-debian", "01:00", ["kernelOptions.intel_iommu"]],
    ["debian-grub", "01:00", ["kernelOptions.intel_iommu"]],
    ["proxmox-9", "01:00", ["kernelOptions.intel_iommu"]],
  ])("of %s with %s for a virtual machine changes only what that needs", async (name, address, options) => {
    const announced = { "/sys/firmware/acpi/tables/DMAR": { kind: "file" as const, size: 168 } };
    const host = patched(recordedHost(name).capture, announced);
    const { plan, text } = JSON.parse(
      (await init(name, `--vm ${address} --json`, { host })).stdout,
    ) as Document;
    const addresses = plan.changes.map((change) => change.address);
    const bound = addresses.filter((one) => one.startsWith("vfio."));
    expect(bound).toHaveLength(1);
    const others = addresses.filter(
      (one) => !bound.includes(one) && one !== "kernel.initrd" && !one.startsWith("bootLoader."),
    );
    expect(others).toEqual(options);
    expect(text).toContain(`  isolated: [${bound[0]?.slice("vfio.".length) ?? ""}]\n`);
    expect(parseSpec("host.yaml", Buffer.from(text)).diagnostics).toEqual([]);
  });

  it("says what is so already as it does without a device", async () => {
    const part = (text: string): string | undefined => /\n(# )?kernel:\n[^]*?\n\n/.exec(text)?.[0];
    const alone = part((await init("pop-x570", "--plan-only")).stdout);
    expect(alone).toContain('\nkernel:\n  release: "5.3.0-7625-generic"\n');
    expect(part((await init("pop-x570", "--plan-only --vm 0d:00")).stdout)).toBe(alone);
  });

  it("lists what may part a device from others, the least risk first, each with its risk", async () => {
    const { stdout } = await init("pop-x570", "--plan-only --vm 0d:00");
    const ways = stdout.split("\n").filter((line) => /^# \d\. /.test(line));
    expect(ways.length).toBeGreaterThan(2);
    expect(ways[0]).toMatch(/^# 1\. look in the firmware.*\(.*\)$/);
    expect(ways.at(-1)).toMatch(/pcie_acs_override=.*\(The kernel assumes isolation.*\)$/);
  });

  it("takes off the line what keeps the IOMMU off", async () => {
    const { capture } = recordedHost("debian-grub");
    const grub = capture.paths["/boot/grub/grub.cfg"]?.text ?? "";
    const settings = capture.paths["/etc/default/grub"]?.text ?? "";
    const host = patched(capture, {
      "/sys/firmware/acpi/tables/DMAR": { kind: "file", size: 168 },
      "/proc/cmdline": (capture.paths["/proc/cmdline"]?.text ?? "").replace("quiet", "quiet intel_iommu=off"),
      "/boot/grub/grub.cfg": grub.replaceAll(/ro\s+quiet/g, "ro  quiet intel_iommu=off"),
      "/etc/default/grub": settings.replace('"quiet', '"quiet intel_iommu=off'),
    });
    const { text } = JSON.parse(
      (await init("debian-grub", "--vm 01:00 --json", { host })).stdout,
    ) as Document;
    expect(text).toContain("  present:\n    - intel_iommu=on # for the virtual machine\n");
    expect(text).toContain("  absent:\n    - intel_iommu=off # for the virtual machine\n");
  });

  it("takes several devices, with blanks or commas between them", async () => {
    const [blanks, commas] = [
      await init("pop-x570", "--plan-only --vm 0d:00 06:00"),
      await init("pop-x570", "--plan-only --vm 0d:00,06:00"),
    ];
    expect(blanks.stdout).toContain("  devices: [vm-gpu, vm-nic]\n");
    expect(blanks).toEqual(commas);
  });

  it("takes a card whose functions are named one by one for one device", async () => {
    const [whole, parts] = [
      await init("pop-x570", "--plan-only --vm 0d:00"),
      await init("pop-x570", "--plan-only --vm 0d:00.0 0d:00.1"),
    ];
    expect(parts).toEqual(whole);
  });

  it("takes one function alone where its slot is no single card", async () => {
    const { stdout } = await init("intel-z390", "--vm 00:1f.3 --plan-only");
    expect(stdout).toMatch(/vm-audio: \{ id: "[0-9a-f:]+", functions: \[3\] \}/);
  });

  describe("on a terminal", () => {
    const ask = (line: string, answer: string, session: Session = {}) =>
      init("pop-x570", line, { terminal: true, answer, env: { NO_COLOR: "1" }, ...session });

    it("shows the cards, and asks which are for a virtual machine", async () => {
      const ran = await ask("", "2");
      expect(ran.questions).toEqual(["Which are for a virtual machine? Their numbers; Enter for none: "]);
      expect(ran.stderr).toMatch(
        /^1 {2}0c:00\.0 VGA.*shows the boot screen\n {3}0c:00\.1 Audio.*\n2 {2}0d:00\.0 VGA/m,
      );
      expect(ran.written["/desk/host.yaml"]).toContain('vm-gpu: { id: "10de:2206" }\n');
    });

    it("takes several numbers, and none", async () => {
      expect((await ask("", "2, 4")).written["/desk/host.yaml"]).toMatch(
        /\n {2}devices: \[vm-gpu, vm-nic\]\n/,
      );
      const none = await ask("", "");
      expect(none.written["/desk/host.yaml"]).toBe((await init("pop-x570", "")).written["/desk/host.yaml"]);
    });

    it.each(["9", "0", "x", "2 y", "0d:00"])("writes nothing after the answer %j", async (answer) => {
      const ran = await ask("", answer);
      expect(ran).toMatchObject({ exit: 1, written: {} });
      expect(ran.stderr).toContain("none of the numbers from 1 to 6");
    });

    it.each(["--plan-only", "--json", "--vm 0d:00", "--out other.yaml"])(
      "asks nothing with %s",
      async (line) => {
        const ran = await ask(line, "2");
        expect(ran).toMatchObject({ exit: 0, questions: [] });
      },
    );

    it("asks nothing before it knows that it may write", async () => {
      const ran = await ask("", "2", { files: { "host.yaml": "apiVersion: hostcfg/v1\n" } });
      expect(ran).toMatchObject({ exit: 1, questions: [], written: {} });
    });

    it("asks nothing where there is none", async () => {
      expect(await ask("", "2", { terminal: false })).toMatchObject({ exit: 0, questions: [] });
    });
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
