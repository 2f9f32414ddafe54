import { describe, expect, it } from "vitest";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import type { BootLoaderFacts } from "../../../src/model/index.ts";
import { probe } from "../../../src/plan/probe.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

async function facts(name: string, patch: Patch = {}): Promise<BootLoaderFacts> {
  const reader = new LinkReader(new CaptureTree(patched(recordedHost(name).capture, patch)));
  return (await probe(reader)).bootLoader;
}

const LINE = "root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro quiet";
/** This boot tells nothing: no trace of a loader on the line. */
const SILENT: Patch = { "/proc/cmdline": `${LINE}\n` };
const KERNELSTUB: Patch = {
  "/usr/bin/kernelstub": "program kernelstub\n",
  "/etc/kernelstub/configuration":
    recordedHost("pop-x570").capture.paths["/etc/kernelstub/configuration"]?.text ?? "",
};

const READS_DROP_INS = "for x in ${sysconfdir}/default/grub.d/*.cfg ; do\n";
const NAMES_ENTRIES =
  "echo \"menuentry 'x' ${CLASS} \\$menuentry_id_option 'gnulinux-$version-$type-$boot_device_id' {\"\n";

describe("a host with the files of two loaders", () => {
  it("is decided by this boot", async () => {
    const { detected } = await facts("debian-grub", KERNELSTUB);
    expect(detected).toEqual({ known: true, value: "grub" });
  });

  it("is ambiguous where this boot says nothing: an error that says how to decide", async () => {
    const host = patched(recordedHost("debian-grub").capture, { ...SILENT, ...KERNELSTUB });
    const plan = await planOf(host, { kernelOptions: { present: ["iommu=pt"] } });
    expect(codes(plan, "error")).toEqual(["boot-loader-ambiguous"]);
    const [error] = plan.diagnostics.filter(({ severity }) => severity === "error");
    expect(error?.hint).toBe("say in the spec which it is: bootLoader: kernelstub or bootLoader: grub");
    expect(plan.steps).toEqual([]);
  });

  it("is decided by the spec, which must name one that is there", async () => {
    const host = patched(recordedHost("debian-grub").capture, { ...SILENT, ...KERNELSTUB });
    const plan = await planOf(host, { bootLoader: "grub", kernelOptions: { present: ["iommu=pt"] } });
    expect(plan.host.bootLoader).toEqual({ known: true, value: "grub" });
    expect(codes(plan, "error")).toEqual([]);
    const missing = await planOf(recordedHost("debian-grub").capture, {
      bootLoader: "proxmox",
      kernelOptions: { present: ["iommu=pt"] },
    });
    expect(codes(missing, "error").length).toBeGreaterThan(0);
    expect(missing.applyable).toBe(false);
  });
});

describe("GRUB beside ESPs of proxmox-boot-tool", () => {
  it.each([
    ["the kernel came from the root of a disk, as on an ESP", "/vmlinuz-6.8.12-8-pve", "proxmox"],
    ["it came from a folder /boot", "/boot/vmlinuz-6.8.12-8-pve", "grub or proxmox"],
  ])("is told by where GRUB took the kernel of this boot: %s", async (_title, image, expected) => {
    const line = `BOOT_IMAGE=${image} root=ZFS=rpool/ROOT/pve-1 boot=zfs quiet\n`;
    const { detected, candidates } = await facts("proxmox-grub-esps", { "/proc/cmdline": line });
    expect(detected.known ? detected.value : candidates?.join(" or ")).toBe(expected);
  });
});

describe("a tool that owns the entries of another loader", () => {
  it("does no harm beside GRUB", async () => {
    const tools = { "/usr/bin/sdbootutil": "", "/usr/bin/limine-entry-tool": "" };
    expect((await facts("debian-grub", tools)).detected).toEqual({ known: true, value: "grub" });
  });
});

describe("a GRUB of Debian's shape, by its own text", () => {
  it("is driven", async () => {
    const texts = {
      "/usr/sbin/grub-mkconfig": READS_DROP_INS,
      "/etc/grub.d/10_linux": NAMES_ENTRIES,
    };
    expect((await facts("debian-grub", texts)).detected).toEqual({ known: true, value: "grub" });
  });
});

describe("a host that must be left alone", () => {
  it.each<[string, string, Patch, NonNullable<BootLoaderFacts["refused"]>["kind"]]>([
    ["image-based", "debian-grub", { "/run/ostree-booted": "" }, "ostree"],
    [
      "bootc",
      "debian-grub",
      { "/run/ostree-booted": "", "/usr/bin/bootc": "", "/usr/bin/rpm-ostree": null },
      "bootc",
    ],
    ["GRUB without update-grub", "debian-grub", { "/usr/sbin/update-grub": null }, "grub-elsewhere"],
    [
      "a grub-mkconfig alone, with another 10_linux than Arch's",
      "debian-grub",
      {
        "/usr/sbin/update-grub": null,
        "/usr/bin/grub-mkconfig": READS_DROP_INS,
        "/etc/grub.d/10_linux": NAMES_ENTRIES,
      },
      "grub-elsewhere",
    ],
    [
      "a 10_linux that takes a part of a kernel's name for the whole",
      "debian-grub",
      {
        "/etc/grub.d/10_linux": NAMES_ENTRIES,
        "/boot/vmlinuz-linux-zen": "MZ",
        "/boot/initramfs-linux-zen.img": "initrd",
      },
      "grub-elsewhere",
    ],
    [
      "a grub-mkconfig that reads no drop-ins, though there is an update-grub",
      "debian-grub",
      { "/usr/sbin/grub-mkconfig": ". ${sysconfdir}/default/grub\n" },
      "grub-elsewhere",
    ],
    [
      "a 10_linux that names its entries otherwise",
      "debian-grub",
      { "/etc/grub.d/10_linux": "echo \"menuentry '$title' --id '$version' {\"\n" },
      "grub-elsewhere",
    ],
    ["sdbootutil", "sd-boot-debian", { "/usr/bin/sdbootutil": "" }, "sdbootutil"],
    ["sdboot-manage", "sd-boot-debian", { "/usr/bin/sdboot-manage": "" }, "sdboot-manage"],
    ["a container, whatever its /proc says", "debian-grub", { "/.dockerenv": "" }, "container"],
  ])("is recognised: %s", async (_title, name, patch, kind) => {
    const { detected, refused } = await facts(name, patch);
    expect([detected.known, refused?.kind]).toEqual([false, kind]);
  });

  it("gets no step from a spec that names its loader against the system's own generator", async () => {
    const { capture } = recordedHost("nixos");
    const plan = await planOf(capture, {
      bootLoader: "systemd-boot",
      kernelOptions: { present: ["iommu=pt"] },
    });
    expect([plan.applyable, plan.steps]).toEqual([false, []]);
  });
});
