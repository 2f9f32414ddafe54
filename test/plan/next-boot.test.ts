import { describe, expect, it } from "vitest";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { releaseToJudge } from "../../src/boot/check.ts";
import { probe } from "../../src/plan/probe.ts";
import { mends } from "../../src/simulate/boot-watch.ts";
import type { Patch } from "../support/planning.ts";
import { codes, debOf, packageOf, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const NEW = "6.99.0-1-amd64";

/** What a package that is there by its name alone brings, in the version 1. */
function plannedWith(host: string, names: readonly string[], release: string, patch: Patch = {}) {
  const debs = names.map((name) => debOf(name, "1"));
  const wish = { kernel: { release, packages: debs.map(packageOf) } };
  return planOf(patched(recordedHost(host).capture, patch), wish, debs);
}

describe("a plan with a declared kernel is not refused for what its packages leave open", () => {
  it.each<[what: string, host: string, names: readonly string[], release: string, patch?: Patch]>([
    ["headers of a kind of kernel", "ubuntu-grub", ["linux-hwe-6.8-headers-6.8.0-51"], "6.8.0-51-generic"],
    ["a metapackage", "proxmox-zfs", ["proxmox-kernel-6.8"], "6.8.12-8-pve"],
    ["a compiler for modules", "debian-grub", ["linux-compiler-gcc-12-x86"], "6.1.0-26-amd64"],
    ["a metapackage beside its image", "debian-grub", ["linux-image-amd64", `linux-image-${NEW}`], NEW],
    [
      "an initrd that another generator makes",
      "debian-grub",
      [`linux-image-${NEW}`],
      NEW,
      { "/usr/sbin/update-initramfs": null },
    ],
    [
      "entries that kernel-install makes without a template",
      "sd-boot-debian",
      ["linux-headers-6.1.0-26-amd64"],
      "6.1.0-25-amd64",
      { "/etc/kernel/cmdline": null },
    ],
    [
      "several kernels and microcode",
      "sd-boot-debian",
      ["intel-microcode", `linux-image-${NEW}`, "linux-image-6.98.0-1-amd64"],
      NEW,
    ],
  ])("%s, on %s", async (_what, host, names, release, patch) => {
    const plan = await plannedWith(host, names, release, patch);
    expect([codes(plan, "error"), plan.nextBoot.after]).toMatchObject([
      [],
      { known: true, value: { release: { known: true, value: release } } },
    ]);
  });

  it("whose ways differ in their options only", async () => {
    const { capture } = recordedHost("debian-grub");
    const settings = capture.paths["/etc/default/grub"]?.text ?? "";
    const stale = { "/etc/default/grub": settings.replace('"quiet"', '"quiet zzz=1"') };
    const plan = await plannedWith("debian-grub", ["intel-microcode"], "6.1.0-26-amd64", stale);
    expect(codes(plan, "error")).toEqual([]);
  });

  it("after a cut that left copies of what booted on the ESP", async () => {
    const folder = "/boot/efi/EFI/hostcfg/way-back";
    const host = patched(recordedHost("sd-boot-debian").capture, {
      "/boot/initrd.img-6.1.0-26-amd64": "made anew, and larger\n",
      [`${folder}/vmlinuz`]: "a copy\n",
      [`${folder}/initrd.img`]: "another copy\n",
    });
    const wish = { kernel: { release: "6.1.0-26-amd64" }, kernelOptions: { present: ["zz=1"] } };
    expect(codes(await planOf(host, wish), "error")).toEqual([]);
  });
});

describe("where what boots next stays open", () => {
  const long = { present: Array.from({ length: 300 }, (_one, at) => `option${at}=xxxxxxxx`) };

  it.each(["sd-boot-debian", "debian-grub"])(
    "a line that is too long for any way is refused, on %s",
    async (host) => {
      const deb = debOf(`linux-image-${NEW}`, "1");
      const wish = { kernel: { packages: [packageOf(deb)] }, kernelOptions: long };
      const plan = await planOf(recordedHost(host).capture, wish, [deb]);
      expect(codes(plan, "error")).toContain("option-line-too-long");
    },
  );

  it("groups are judged of the next boot all the same, and a reboot is said to be needed", async () => {
    const deb = debOf("linux-system76", "6.99");
    const plan = await planOf(
      recordedHost("intel-z390").capture,
      {
        devices: { a: { path: "14.0", functions: [0] }, gpu: { id: "10de:1f07", path: "01.0/00" } },
        iommuGroups: { separate: [["a", "gpu"]] },
        kernelOptions: { present: ["intel_iommu=off"] },
        kernel: { packages: [packageOf(deb)] },
      },
      [deb],
    );
    expect([plan.complete, plan.rebootNeeded]).toEqual([false, true]);
    expect(plan.requirements[0]?.status).toBe("unsatisfied");
  });
});

describe("a GRUB whose settings put another kernel first", () => {
  const file = "/etc/default/grub.d/50-order.cfg";
  const ordered = patched(recordedHost("debian-grub").capture, {
    [file]: 'GRUB_TOP_LEVEL="/boot/vmlinuz-6.1.0-25-amd64"\n',
  });

  it("is not promised the newest kernel by a plan for options", async () => {
    const plan = await planOf(ordered, { kernelOptions: { present: ["iommu=pt"] } });
    expect([codes(plan, "error"), plan.nextBoot.after.known]).toEqual([[], false]);
  });

  it("starts what is pinned by its ids all the same", async () => {
    const plan = await planOf(ordered, { kernel: { release: "6.1.0-26-amd64" } });
    expect(plan.nextBoot.after).toMatchObject({ value: { release: { value: "6.1.0-26-amd64" } } });
  });
});

describe("the kernel that boots next", () => {
  const stale = patched(recordedHost("sd-boot-debian").capture, {
    "/proc/sys/kernel/osrelease": "6.1.0-25-amd64\n",
    "/boot/initrd.img-6.1.0-26-amd64": "made anew, and larger\n",
  });

  it("is judged by the entry's own word where the bytes of its copies do not tell it", async () => {
    const state = await probe(new LinkReader(new CaptureTree(stale)));
    expect(releaseToJudge(state, {})).toEqual({ known: true, value: "6.1.0-26-amd64" });
  });

  it("has another one to go back to where that one's copies are only older", async () => {
    const plan = await planOf(stale, { kernel: { release: "6.1.0-25-amd64" } });
    expect(codes(plan, "warning")).not.toContain("no-fallback");
  });

  it("is not chosen by options alone where another entry than kernelstub's own boots", async () => {
    const host = patched(recordedHost("intel-z390").capture, { "/boot/efi/loader/loader.conf": null });
    const plan = await planOf(host, { kernelOptions: { present: ["zz=1"] } });
    expect([codes(plan, "error"), plan.steps]).toEqual([["next-boot-unknown"], []]);
  });

  it("is said to stand alone in the menu, also where only options are declared", async () => {
    const plan = await planOf(recordedHost("pop-x570").capture, { kernelOptions: { present: ["zz=1"] } });
    expect(codes(plan, "warning")).toContain("no-fallback");
  });

  it("is copied once more where its package is replaced and no hook of kernelstub's does so", async () => {
    const release = "6.9.3-76060903-generic";
    const hooks = ["/etc/kernel/postinst.d/zz-kernelstub", "/etc/initramfs/post-update.d/zz-kernelstub"];
    const gone = Object.fromEntries(hooks.map((path) => [path, null]));
    const plan = await plannedWith("intel-z390", [`linux-image-${release}`], release, gone);
    const copies = plan.steps.filter((step) => step.kind === "exec" && step.action.does === "copy-kernel");
    expect(copies).toHaveLength(1);
  });

  it("is mended by the package of its modules", async () => {
    const release = "6.8.0-51-generic";
    const gone = [`/usr/lib/modules/${release}`, `/lib/modules/${release}`].flatMap((folder) => [
      [folder, null] as const,
      [`${folder}/modules.dep`, null] as const,
    ]);
    const deb = debOf(`linux-modules-${release}`, "1");
    const host = patched(recordedHost("ubuntu-grub").capture, Object.fromEntries(gone));
    expect(mends(await planOf(host, { kernel: { packages: [packageOf(deb)] } }, [deb]))).toBe(true);
  });

  it("passes over a one-shot entry that is not there, in every answer", async () => {
    const variable = "/sys/firmware/efi/efivars/LoaderEntryOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
    const text = Buffer.concat([Buffer.from([7, 0, 0, 0]), Buffer.from("Gone.conf\0", "utf16le")]);
    const host = patched(recordedHost("intel-z390").capture, {
      [variable]: { kind: "file", base64: text.toString("base64") },
    });
    const plan = await planOf(host, { kernel: { release: "6.9.3-76060903-generic" } });
    expect(codes(plan, "error")).toEqual([]);
  });
});
