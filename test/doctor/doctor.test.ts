import { describe, expect, it } from "vitest";
import { ENGINE } from "../../src/cli/engine.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import type { Capture } from "../../src/host/capture.ts";
import { HostError } from "../../src/host/reader.ts";
import type { Bootability, DoctorReport, Plan } from "../../src/model/index.ts";
import type { GroupsReport } from "../../src/plan/groups.ts";
import { runWith } from "../cli/fakes.ts";
import type { Patch } from "../support/planning.ts";
import { patched, planOf } from "../support/planning.ts";
import { recordedHost, recordedHosts } from "../support/recorded-hosts.ts";
import { doctor, findingsOf, reportOf } from "./support.ts";

const SUBJECTS = [
  "processor",
  "iommu",
  "interrupts",
  "graphics",
  "loader",
  "next-boot",
  "initrds",
  "secure-boot",
  "acs-override",
  "space",
  "unfinished",
];

const on = (name: string, patch: Patch): Capture => patched(recordedHost(name).capture, patch);

describe.each(recordedHosts())("the doctor on $name", ({ capture }) => {
  it("says something of each subject, and what to do about what failed", async () => {
    const { findings, verdict } = await reportOf(capture);
    expect([...new Set(findings.map(({ subject }) => subject))]).toEqual(SUBJECTS);
    for (const finding of findings) {
      expect(finding.says).not.toBe("");
      if (finding.verdict === "fail") expect(finding.remedy, finding.says).toBeDefined();
    }
    const worst = ["fail", "unknown", "warn", "pass"].find((one) =>
      findings.some((finding) => finding.verdict === one),
    );
    expect(verdict).toBe(worst);
  });

  it("exits by what it found, the same as text and as JSON", async () => {
    const { verdict } = await reportOf(capture);
    const exit = { pass: 0, warn: 0, fail: EXIT.unsatisfied, unknown: EXIT.unknown }[verdict];
    expect((await doctor(capture)).exit).toBe(exit);
    expect((await doctor(capture, "--json")).exit).toBe(exit);
  });

  it("gives no other answer than groups, check and plan", async () => {
    const ask = async (line: string): Promise<unknown> => {
      const session = { host: capture, files: { "host.yaml": "apiVersion: hostcfg/v1\n" } };
      return JSON.parse((await runWith(ENGINE, `${line} --json`, session)).stdout) as unknown;
    };
    const { findings } = await reportOf(capture);
    const verdicts = (subject: string) =>
      findings.filter((one) => one.subject === subject).map(({ verdict }) => verdict);

    const { current } = (await ask("groups")) as GroupsReport;
    if (current.known) expect(verdicts("iommu")[0] === "fail").toBe(current.groups.length === 0);
    else expect(verdicts("iommu")).toEqual(["unknown"]);

    const { verdict } = (await ask("check")) as Bootability;
    expect(verdicts("next-boot").includes("fail")).toBe(verdict === "broken");
    expect(verdicts("next-boot").includes("unknown")).toBe(verdict === "unknown");

    const { host } = (await ask("plan")) as Plan;
    expect(verdicts("loader")[0] === "pass").toBe(host.bootLoader.known);
  });

  it("takes a capture for what it is: it holds none of hostcfg's own records", async () => {
    const ran = await doctor(capture, "--capture host.capture.json --json", {
      files: { "host.capture.json": JSON.stringify(capture) },
    });
    const { findings } = JSON.parse(ran.stdout) as DoctorReport;
    expect(findings.at(-1)).toMatchObject({ subject: "unfinished", verdict: "unknown" });
  });
});

describe("the processor", () => {
  const cpuinfo = (flags: string): Patch => ({
    "/proc/cpuinfo": `processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu ${flags}\n`,
  });
  const kvm: Patch = { "/dev/kvm": { kind: "other" } };

  it.each<[string, Patch, string, RegExp]>([
    ["with VT-x and KVM", { ...cpuinfo("vmx"), ...kvm }, "pass", /Intel VT-x/],
    ["with AMD-V and KVM", { ...cpuinfo("svm"), ...kvm }, "pass", /AMD-V/],
    ["without KVM's device", cpuinfo("vmx"), "warn", /kvm_intel/],
    ["without either flag", cpuinfo("sse2"), "fail", /firmware/],
    ["of Arm with KVM", { "/proc/cpuinfo": "CPU implementer\t: 0x41\n", ...kvm }, "pass", /KVM/],
    ["of Arm without", { "/proc/cpuinfo": "CPU implementer\t: 0x41\n" }, "unknown", /dev.kvm/],
    ["that cannot be seen", { "/proc/cpuinfo": null }, "unknown", /cpuinfo/],
  ])("%s", async (_what, patch, verdict, says) => {
    const [found] = await findingsOf(on("debian-grub", patch), "processor");
    expect(found?.verdict).toBe(verdict);
    expect(`${found?.says ?? ""} ${found?.remedy ?? ""}`).toMatch(says);
  });
});

const ANNOUNCED: Patch = { "/sys/firmware/acpi/tables/DMAR": { kind: "file", size: 168 } };

describe("an IOMMU that is announced and off", () => {
  it.each(
    recordedHosts().filter(({ capture }) => capture.paths["/sys/kernel/iommu_groups"]?.entries?.length === 0),
  )("has a remedy that is true on $name", async ({ capture }) => {
    const host = patched(capture, ANNOUNCED);
    const [found] = await findingsOf(host, "iommu");
    expect(found).toMatchObject({ verdict: "fail", kernelOptions: { present: ["intel_iommu=on"] } });
    const plan = await planOf(host, { kernelOptions: { present: ["intel_iommu=on"] } });
    if (plan.host.bootLoader.known) {
      expect(found?.remedy).toContain("kernelOptions: { present: [intel_iommu=on] }");
      expect(plan.applyable).toBe(true);
      const line = plan.nextBoot.after.known ? plan.nextBoot.after.value.options : "";
      expect(line.split(" ")).toContain("intel_iommu=on");
    } else {
      // In that system's own words, as the plan has them.
      const hints = plan.diagnostics.map(({ hint = "" }) => hint);
      expect(hints.some((hint) => found?.remedy?.startsWith(hint))).toBe(true);
    }
  });

  it("is told by the option that does it, and what a spec says against it", async () => {
    const line =
      "BOOT_IMAGE=/boot/vmlinuz-6.1.0-26-amd64 root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro iommu=pt,off\n";
    const grub = recordedHost("debian-grub").capture.paths["/boot/grub/grub.cfg"]?.text ?? "";
    const host = on("debian-grub", {
      ...ANNOUNCED,
      "/proc/cmdline": line,
      "/boot/grub/grub.cfg": grub.replaceAll(/ro\s+quiet/g, "ro iommu=pt,off"),
    });
    expect(await findingsOf(host, "iommu")).toMatchObject([
      {
        verdict: "fail",
        kernelOptions: { present: ["iommu=pt", "intel_iommu=on"], absent: ["iommu=pt,off"] },
      },
    ]);
  });
});

it("what boots next and what there is to go back to are not among what could be removed", async () => {
  const capture = recordedHost("debian-grub").capture;
  const { entry, fallback } = JSON.parse(
    (await runWith(ENGINE, "check --json", { host: capture })).stdout,
  ) as Bootability;
  const releases = [entry, fallback].flatMap((one) =>
    one.known && one.value.release.known ? [one.value.release.value] : [],
  );
  expect(releases).toHaveLength(2);
  const host: Capture = {
    ...capture,
    paths: Object.fromEntries(
      Object.entries(capture.paths).map(([path, one]) => [
        path,
        one.freeBytes === undefined ? one : { ...one, freeBytes: 1 },
      ]),
    ),
  };
  const told = JSON.stringify(await findingsOf(host, "space"));
  expect(told).toContain("/boot has 0.0 MiB free; one more kernel");
  for (const release of releases) expect(told).not.toContain(`remove linux-image-${release}`);
});

describe("interrupts", () => {
  const REMAPPED = "  0:  10  0  IR-IO-APIC    2-edge      timer\n";
  const PLAIN = "  0:  10  0  IO-APIC    2-edge      timer\n";
  it.each<[string, string, string]>([
    ["that are remapped", REMAPPED, "pass"],
    ["that are not, although the IOMMU is on", PLAIN, "fail"],
  ])("%s", async (_what, text, verdict) => {
    const host = on("intel-z390", { "/proc/interrupts": text });
    expect(await findingsOf(host, "interrupts")).toMatchObject([{ verdict }]);
  });

  it.each<[string, Patch]>([
    [
      "by the module's parameter",
      { "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts": "Y\n" },
    ],
    [
      "by this boot's line, which does not remap them",
      { "/proc/cmdline": "intel_iommu=on intremap=off vfio_iommu_type1.allow_unsafe_interrupts=1\n" },
    ],
  ])("that VFIO is told to do without are no failure: %s", async (_what, patch) => {
    const host = on("intel-z390", { "/proc/interrupts": PLAIN, ...patch });
    const [found] = await findingsOf(host, "interrupts");
    expect(found).toMatchObject({ verdict: "warn", says: expect.stringContaining("all the same") as string });
  });

  it.each<[string, string, object]>([
    [
      "leaves it out",
      "intel_iommu=on",
      { verdict: "warn", remedy: expect.stringContaining("reboot") as string },
    ],
    [
      "has it as well",
      "intel_iommu=on intremap=off",
      { verdict: "fail", kernelOptions: { absent: ["intremap=off"] } },
    ],
  ])(
    "that an option of this boot leaves alone, where the next boot's line %s",
    async (_what, options, found) => {
      const host = on("intel-z390", {
        "/proc/interrupts": PLAIN,
        "/proc/cmdline": `${recordedHost("intel-z390").capture.paths["/proc/cmdline"]?.text?.trim() ?? ""} intremap=off\n`,
      });
      const entries = Object.entries(host.paths).filter(([path]) => path.endsWith("/Pop_OS-current.conf"));
      const patch = Object.fromEntries(
        entries.map(([path, { text = "" }]) => [path, text.replace("intel_iommu=on", options)]),
      );
      expect(await findingsOf(patched(host, patch), "interrupts")).toMatchObject([found]);
    },
  );

  it("that an option leaves alone at the next boot are told before it", async () => {
    const host = on("intel-z390", { "/proc/interrupts": REMAPPED });
    const entries = Object.entries(host.paths).filter(([path]) => path.endsWith("/Pop_OS-current.conf"));
    const patch = Object.fromEntries(
      entries.map(([path, { text = "" }]) => [
        path,
        text.replace("intel_iommu=on", "intel_iommu=on intremap=off"),
      ]),
    );
    expect(entries.length).toBeGreaterThan(0);
    expect(await findingsOf(patched(host, patch), "interrupts")).toMatchObject([
      { verdict: "warn", kernelOptions: { absent: ["intremap=off"] } },
    ]);
  });
});

describe("the doctor", () => {
  it("says that two cards share a group, and what to ask next", async () => {
    const found = await findingsOf(recordedHost("pop-x570").capture, "graphics");
    expect(found).toMatchObject([
      { verdict: "warn", remedy: "what would part them: hostcfg groups --separate 0c:00 0d:00.0" },
      { verdict: "warn" },
    ]);
    expect(found[0]?.says).toContain("(driver amdgpu, shows the boot screen): in group 30 with 0d:00.0");
  });

  it("finds a full /boot before a kernel is installed", async () => {
    const { capture } = recordedHost("sd-boot-xbootldr");
    const full = patched(capture, {
      "/boot": { ...capture.paths["/boot"], kind: "directory", freeBytes: 0 },
    });
    expect(await findingsOf(full, "space")).toMatchObject([{ verdict: "warn" }]);
  });

  it("says that hostcfg's own records could not be read, and never that nothing is open", async () => {
    const denied = () => Promise.reject(new HostError("EACCES", "/var/lib/hostcfg", "no"));
    const ran = await runWith({ ...ENGINE, readHistory: denied }, "doctor --json", {
      host: recordedHost("debian-grub").capture,
    });
    const { findings } = JSON.parse(ran.stdout) as DoctorReport;
    expect(findings.at(-1)).toEqual({
      subject: "unfinished",
      verdict: "unknown",
      says: "reading hostcfg's own records needs root",
    });
  });

  it("fails where what boots next is broken", async () => {
    const host = on("debian-grub", { "/boot/vmlinuz-6.1.0-26-amd64": "" });
    const found = await findingsOf(host, "next-boot");
    expect(found.some(({ verdict }) => verdict === "fail")).toBe(true);
  });

  it("fails where the line asks for an override that the kernel does not carry", async () => {
    const { capture } = recordedHost("debian-grub");
    const grub = capture.paths["/boot/grub/grub.cfg"]?.text ?? "";
    const host = patched(capture, {
      "/boot/grub/grub.cfg": grub.replaceAll(/ro\s+quiet/g, "ro quiet pcie_acs_override=downstream"),
    });
    expect(await findingsOf(host, "acs-override")).toMatchObject([
      { verdict: "fail", kernelOptions: { absent: ["pcie_acs_override"] } },
    ]);
  });
});
