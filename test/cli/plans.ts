import type { Plan, Verification } from "../../src/model/index.ts";

const U = "11111111-2222-3333-4444-555555555555";
const FOLDER = `/boot/efi/EFI/Pop_OS-${U}`;
const BEFORE =
  '{\n  "user": {\n    "kernel_options": [\n      "quiet",\n      "splash",\n      "amd_iommu=on"\n    ],\n    "esp_path": "/boot/efi"\n  }\n}';
const AFTER = BEFORE.replace('      "quiet",\n', "").replace(
  '"amd_iommu=on"',
  '"amd_iommu=on",\n      "pcie_acs_override=downstream"',
);

/** The whole story of one host: new kernel, links, options, and groups that nothing can promise. */
export const FULL_PLAN: Plan = {
  formatVersion: "1.0",
  hostcfgVersion: "0.1.0",
  spec: { path: "host.yaml", sha256: "5".repeat(64), document: { apiVersion: "hostcfg/v1" } },
  host: {
    hostname: { known: true, value: "workstation" },
    os: { known: true, value: "Pop!_OS 19.10" },
    runningRelease: { known: true, value: "5.3.0-7625-generic" },
    bootLoader: { known: true, value: "kernelstub" },
    evidence: ["/etc/kernelstub/configuration is there", "Pop_OS-current.conf names its image"],
  },
  nextBoot: {
    before: {
      known: true,
      value: {
        loader: "kernelstub",
        release: { known: true, value: "5.3.0-7625-generic" },
        kernel: `${FOLDER}/vmlinuz.efi`,
        initrd: `${FOLDER}/initrd.img`,
        options: `root=UUID=${U} ro quiet splash amd_iommu=on`,
        rule: "systemd-boot starts Pop_OS-current: the default of /boot/efi/loader/loader.conf",
        fallback: { known: false, why: "there is no entry for an older kernel" },
      },
    },
    after: {
      known: true,
      value: {
        loader: "kernelstub",
        release: { known: true, value: "5.3.0-acso" },
        kernel: `${FOLDER}/vmlinuz.efi`,
        initrd: `${FOLDER}/initrd.img`,
        options: `root=UUID=${U} ro splash amd_iommu=on pcie_acs_override=downstream`,
        rule: "systemd-boot starts Pop_OS-current, which kernelstub fills with the kernel that hostcfg names by path",
        fallback: { known: true, value: "5.3.0-7625-generic" },
      },
    },
    afterUpgrade: {
      known: true,
      value: { keeps: false, rule: "kernelstub's hook takes the newest complete pair in /boot" },
    },
  },
  changes: [
    {
      address: "kernel.packages.linux-image-5.3.0-acso",
      action: "create",
      before: null,
      after: "5.3.0-acso-1",
      reason: "not installed",
      effect: "now",
    },
    {
      address: "kernel.release",
      action: "update",
      before: "5.3.0-7625-generic",
      after: "5.3.0-acso",
      reason: "the next boot would start 5.3.0-7625-generic",
      effect: "next-boot",
    },
    {
      address: "bootSymlinks./boot/vmlinuz",
      action: "update",
      before: "vmlinuz-5.3.0-7625-generic",
      after: "vmlinuz-5.3.0-acso",
      reason: "it resolves to /boot/vmlinuz-5.3.0-7625-generic",
      effect: "now",
    },
    {
      address: "kernelOptions.quiet",
      action: "delete",
      before: "quiet",
      after: null,
      reason: "kernelstub's configuration has it",
      effect: "next-boot",
    },
  ],
  unchanged: [{ address: "kernelOptions.amd_iommu", reason: "set, and in the next boot's menu" }],
  steps: [
    {
      id: 1,
      kind: "exec",
      title: "install linux-image-5.3.0-acso",
      serves: ["kernel.packages.linux-image-5.3.0-acso"],
      action: {
        does: "install",
        family: "debian",
        from: "files",
        packages: [
          {
            name: "linux-image-5.3.0-acso",
            version: "5.3.0-acso-1",
            file: "/srv/my debs/linux-image-5.3.0-acso_5.3.0-acso-1_amd64.deb",
          },
        ],
      },
      argv: ["dpkg", "--install", "/srv/my debs/linux-image-5.3.0-acso_5.3.0-acso-1_amd64.deb"],
      inputs: [
        {
          path: "/srv/my debs/linux-image-5.3.0-acso_5.3.0-acso-1_amd64.deb",
          sha256: "a1b2c3d4e5f6".padEnd(64, "0"),
        },
      ],
      touches: [],
      flushes: ["/boot"],
      timeoutSeconds: 1800,
    },
    {
      id: 2,
      kind: "symlink",
      title: "point /boot/vmlinuz at vmlinuz-5.3.0-acso",
      serves: ["bootSymlinks./boot/vmlinuz"],
      path: "/boot/vmlinuz",
      target: "vmlinuz-5.3.0-acso",
      expect: { kind: "symlink", target: "vmlinuz-5.3.0-7625-generic" },
    },
    {
      id: 3,
      kind: "writeFile",
      title: "write kernelstub's kernel options",
      serves: ["kernelOptions.quiet"],
      path: "/etc/kernelstub/configuration",
      before: BEFORE,
      content: AFTER,
      expect: { kind: "file", sha256: "7".repeat(64), mode: 0o644, uid: 0, gid: 0 },
    },
    {
      id: 4,
      kind: "exec",
      title: "let kernelstub copy 5.3.0-acso to the ESP and write its entry",
      serves: ["kernel.release", "kernelOptions.quiet"],
      action: { does: "copy-kernel", by: "kernelstub", release: "5.3.0-acso" },
      argv: ["kernelstub", "--verbose", "--kernel-path", "/boot/vmlinuz-5.3.0-acso"],
      inputs: [],
      touches: ["/etc/kernelstub/configuration", "/boot/efi/loader/loader.conf"],
      flushes: ["/boot/efi/loader"],
      timeoutSeconds: 90,
    },
  ],
  requirements: [
    {
      address: "iommuGroups.separate[0]",
      status: "unsatisfied",
      reason: "host-gpu and vm-gpu are both in group 30",
      offenders: ["0000:0c:00.0", "0000:0d:00.0"],
    },
    { address: "iommuGroups.isolated[0]", status: "unknown", reason: "/sys is not there", offenders: [] },
    {
      address: "iommuGroups.isolated[1]",
      status: "predicted",
      reason: "its group holds only bridges",
      offenders: [],
    },
    {
      address: "iommuGroups.isolated[2]",
      status: "satisfied",
      reason: "it is alone in group 4",
      offenders: [],
    },
  ],
  diagnostics: [
    {
      severity: "warning",
      code: "upgrade-takes-over",
      summary: "the next kernel or initramfs hook runs kernelstub without paths",
      detail: "Then 5.3.0-7625-generic boots again.",
      hint: "run hostcfg verify after each upgrade",
      address: "kernel.release",
    },
  ],
  applyable: true,
  complete: false,
  rebootNeeded: true,
};

/** A host that is as the spec says. */
export const EMPTY_PLAN: Plan = {
  ...FULL_PLAN,
  nextBoot: { ...FULL_PLAN.nextBoot, before: FULL_PLAN.nextBoot.after },
  changes: [],
  steps: [],
  requirements: [],
  diagnostics: [],
  complete: true,
  rebootNeeded: false,
};

/** A plan with errors, made without root: facts are missing too. */
export const REFUSED_PLAN: Plan = {
  ...FULL_PLAN,
  host: {
    ...FULL_PLAN.host,
    hostname: { known: false, why: "/etc/hostname is empty" },
    bootLoader: { known: false, why: "reading /boot/efi needs root" },
    evidence: [],
  },
  nextBoot: {
    before: { known: false, why: "reading /boot/efi needs root" },
    after: { known: false, why: "reading /boot/efi needs root" },
    afterUpgrade: { known: false, why: "reading /boot/efi needs root" },
  },
  changes: [],
  unchanged: [],
  steps: [],
  requirements: [],
  diagnostics: [
    {
      severity: "error",
      code: "boot-loader-unsupported",
      summary: "kernelOptions needs a boot loader that hostcfg can drive",
      hint: "leave kernelOptions out on this host",
      source: { file: "host.yaml", line: 12, column: 1, endLine: 12, endColumn: 14, text: "kernelOptions:" },
    },
    { severity: "error", code: "device-not-found", summary: "vm-gpu matches no device" },
  ],
  applyable: false,
  complete: false,
  rebootNeeded: false,
};

export const VERIFICATION: Verification = {
  formatVersion: "1.0",
  spec: { path: "host.yaml", sha256: "5".repeat(64) },
  status: "unsatisfied",
  findings: [
    { address: "kernel.release", status: "satisfied", reason: "5.3.0-acso is running", offenders: [] },
    {
      address: "kernelOptions.quiet",
      status: "pending",
      reason: "the next boot is without quiet",
      offenders: [],
    },
    {
      address: "iommuGroups.separate[0]",
      status: "unsatisfied",
      reason: "host-gpu and vm-gpu are both in group 30",
      offenders: ["0000:0c:00.0", "0000:0d:00.0"],
    },
    { address: "iommuGroups.isolated[0]", status: "unknown", reason: "/sys is not there", offenders: [] },
  ],
  diagnostics: [],
};
