import { describe, expect, it } from "vitest";
import { known } from "../../src/facts/fact.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { DebFact, KernelOfPackage, Plan } from "../../src/model/index.ts";
import { probe } from "../../src/plan/probe.ts";
import { foresee } from "../../src/simulate/foresee.ts";
import { prefixStates } from "../../src/simulate/step.ts";
import type { Wish } from "../faults/support/stories.ts";
import { patched, planOf } from "../support/planning.ts";
import type { Patch } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const HOST = recordedHost("arch-grub").capture;
const ZEN = "6.12.4-zen1-1-zen";
const NEXT = "6.12.5-zen1-1-zen";
const SHA256 = "0".repeat(64);

const plan = (spec: Wish, debs: readonly DebFact[] = [], patch: Patch = {}): Promise<Plan> =>
  planOf(patched(HOST, patch), spec, debs);
const said = ({ diagnostics }: Plan, code: string) => diagnostics.find((one) => one.code === code);

function packageOf(file: string, name: string, kernel?: KernelOfPackage): DebFact {
  return {
    file,
    path: `/specs/${file}`,
    content: known({ sha256: SHA256, size: 1 }),
    control: known({ package: name, version: "6.12.5-1", architecture: "x86_64", depends: "", kernel }),
  };
}
const ZEN_PACKAGE = packageOf("linux-zen-6.12.5-1-x86_64.pkg.tar.zst", "linux-zen", {
  release: NEXT,
  name: "linux-zen",
  part: "image",
});
/** Of the kernel that boots next on the recorded hosts. */
const NEXT_PACKAGE = packageOf("linux-6.12.5-1-x86_64.pkg.tar.zst", "linux", {
  release: "6.12.5-arch1-1",
  name: "linux",
  part: "image",
});
const declared = ({ file }: DebFact): Wish => ({ kernel: { packages: [{ file, sha256: SHA256 }] } });

/** What boots next after each prefix of the steps. */
async function nextReleases({ steps }: Plan): Promise<readonly (string | undefined)[]> {
  const present = await probe(new LinkReader(new CaptureTree(HOST)), { apiVersion: "hostcfg/v1" });
  return prefixStates(present, steps).map((states) => {
    const { nextBoot } = foresee(states, known("grub"));
    return nextBoot.known && nextBoot.value.release.known ? nextBoot.value.release.value : undefined;
  });
}

describe("on Arch", () => {
  it("a package file is installed by pacman, and what it replaces is told", async () => {
    const found = await plan(declared(ZEN_PACKAGE), [ZEN_PACKAGE]);
    expect(found.steps).toMatchObject([
      { argv: ["pacman", "-U", "--noconfirm", ZEN_PACKAGE.path], inputs: [{ sha256: SHA256 }] },
    ]);
    expect(said(found, "kernel-replaced")).toMatchObject({
      severity: "warning",
      hint: "6.12.4-arch1-1 (linux) stays to boot with",
    });
  });

  it("another kernel is the default as long as what boots next is replaced", async () => {
    const found = await plan(declared(NEXT_PACKAGE), [NEXT_PACKAGE]);
    expect(found.applyable).toBe(true);
    expect(found.steps.map(({ title }) => title)).toEqual([
      "keep 6.12.4-zen1-1-zen the default while packages are installed",
      "let grub-mkconfig make 6.12.4-zen1-1-zen the default meanwhile",
      "install linux",
      "write hostcfg's own settings of GRUB",
      "let grub-mkconfig generate the menu",
      "remove hostcfg's settings of GRUB: nothing is left in them",
    ]);
    expect(await nextReleases(found)).toEqual([
      "6.12.4-arch1-1",
      "6.12.4-arch1-1",
      ...Array<string>(3).fill("6.12.4-zen1-1-zen"),
      ...Array<string>(2).fill("6.12.5-arch1-1"),
    ]);
  });

  it("where no entry starts another kernel, that is said", async () => {
    const lts = "/boot/loader/entries/arch-lts.conf";
    const host = recordedHost("arch-static").capture;
    const found = await planOf(patched(host, { [lts]: null }), declared(NEXT_PACKAGE), [NEXT_PACKAGE]);
    expect(said(found, "way-back-unset")?.summary).toMatch(/no entry starts another kernel/);
    expect(
      said(await planOf(host, declared(NEXT_PACKAGE), [NEXT_PACKAGE]), "way-back-unset"),
    ).toBeUndefined();
  });

  it("a release of which modules were left before has the initrd that the hook makes", async () => {
    const spec: Wish = {
      ...declared(ZEN_PACKAGE),
      kernel: { ...declared(ZEN_PACKAGE).kernel, release: NEXT },
    };
    const { nextBoot } = await plan(spec, [ZEN_PACKAGE], { [`/usr/lib/modules/${NEXT}/modules.dep`]: "" });
    expect(nextBoot.after).toMatchObject({ value: { initrd: "/boot/initramfs-linux-zen.img" } });
  });

  it("the only kernel that boots is not replaced", async () => {
    const found = await plan(declared(ZEN_PACKAGE), [ZEN_PACKAGE], { "/boot/initramfs-linux.img": null });
    expect(said(found, "kernel-replaced")?.severity).toBe("error");
    expect(found.applyable).toBe(false);
  });

  it("no kernel is replaced by a package of which nobody can tell which one it holds", async () => {
    const several = packageOf("linux-all-6.12.5-1-x86_64.pkg.tar.zst", "linux-all", "unknown");
    const found = await plan(declared(several), [several]);
    expect(said(found, "kernel-replaced")?.summary).toMatch(/may take the place of any kernel/);
    expect(found.applyable).toBe(false);
  });

  it("a .deb is refused", async () => {
    const deb = packageOf("linux-image-6.12.5_6.12.5-1_amd64.deb", "linux-image-6.12.5");
    expect(said(await plan(declared(deb), [deb]), "package-architecture")?.summary).toMatch(
      /is a package for dpkg, but this host has pacman/,
    );
  });

  it("another version is had by its file only", async () => {
    const found = await plan({ kernel: { packages: [{ name: "linux-zen", version: "6.12.1.zen1-1" }] } });
    expect(said(found, "package-version-missing")).toMatchObject({
      severity: "error",
      hint: expect.stringContaining(
        "/var/cache/pacman/pkg/linux-zen-6.12.1.zen1-1-x86_64.pkg.tar.zst",
      ) as string,
    });
  });

  it("the version that is installed is well declared by name", async () => {
    const found = await plan({ kernel: { packages: [{ name: "linux-zen", version: "6.12.4.zen1-1" }] } });
    expect(found.diagnostics).toEqual([]);
    expect(found.steps).toEqual([]);
  });

  it("nothing is held but what pacman.conf says", async () => {
    const spec: Wish = { kernel: { release: ZEN, hold: true } };
    expect(said(await plan(spec), "hold-unsupported")).toMatchObject({
      severity: "error",
      hint: expect.stringContaining("IgnorePkg = linux-zen in /etc/pacman.conf") as string,
    });
    const ignored = { "/etc/pacman.conf": "[options]\nIgnorePkg = linux-zen\n" };
    expect(said(await plan(spec, [], ignored), "hold-unsupported")).toBeUndefined();
  });

  it("a release that no package has is refused with those that are there", async () => {
    expect(said(await plan({ kernel: { release: "6.1.0" } }), "kernel-missing")?.hint).toMatch(
      /declare one that is here: 6\.12\.4-zen1-1-zen \(linux-zen\), 6\.12\.4-arch1-1 \(linux\)/,
    );
  });

  it("an initrd that is older than its settings is made for the kernel's name", async () => {
    const settings = { kind: "file", text: "MODULES=()\n", modifiedAt: 1577836990000 } as const;
    const found = await plan({ kernel: { release: ZEN } }, [], { "/etc/mkinitcpio.conf": settings });
    expect(found.steps.map((step) => (step.kind === "exec" ? step.argv.join(" ") : ""))).toContain(
      `mkinitcpio --nopost --kernel ${ZEN} --generate /boot/initramfs-linux-zen.img`,
    );
  });

  it("with kernels on the ESP alone, one that is to be installed over another is refused", async () => {
    const host = recordedHost("endeavour-dracut").capture;
    const found = await planOf(host, declared(NEXT_PACKAGE), [NEXT_PACKAGE]);
    expect(said(found, "kernel-replaced")).toMatchObject({ severity: "error" });
  });

  it("a release whose entry is not on the ESP is refused, where no kernel is in /boot", async () => {
    const host = recordedHost("endeavour-dracut").capture;
    const release = "6.6.63-1-lts";
    const entry = Object.keys(host.paths).find((path) => path.endsWith(`-${release}.conf`)) ?? "";
    const found = await planOf(patched(host, { [entry]: null }), { kernel: { release } });
    expect(said(found, "kernel-incomplete")?.severity).toBe("error");
  });

  it("a card for a virtual machine has advice that fits, where pacman's hooks have dracut make the initrds", async () => {
    const found = await planOf(recordedHost("endeavour-dracut").capture, {
      devices: { "vm-gpu": { class: "vga", address: "01:00" } },
      vfio: { devices: ["vm-gpu"] },
    });
    expect(said(found, "vfio-initramfs")?.hint).toMatch(/force_drivers[^]*dracut-rebuild on EndeavourOS\)$/);
  });

  it("an initrd is not made in /boot, where what boots is what kernel-install has copied", async () => {
    const host = patched(recordedHost("endeavour-dracut").capture, {
      "/usr/bin/dracut": null,
      "/usr/bin/mkinitcpio": "program mkinitcpio\n",
      "/etc/mkinitcpio.conf": "HOOKS=(base udev modconf)\n",
    });
    const spec: Wish = {
      devices: { "vm-gpu": { class: "vga", address: "01:00" } },
      vfio: { devices: ["vm-gpu"] },
    };
    for (const kernel of [{}, { kernel: { release: "6.6.63-1-lts" } }]) {
      const found = await planOf(host, { ...spec, ...kernel });
      expect(said(found, "entry-missing")?.summary).toMatch(/kernel-install add 6\.\d/);
      expect(found.applyable).toBe(false);
    }
  });
});
