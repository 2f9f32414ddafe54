import { describe, expect, it } from "vitest";
import type { Patch } from "../support/planning.ts";
import { codes, debOf, packageOf, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

/** The text of a file of a recorded host, changed. */
function changed(host: string, path: string, change: (text: string) => string): Patch {
  return { [path]: change(recordedHost(host).capture.paths[path]?.text ?? "") };
}

describe("a plan for a host of the field is not refused", () => {
  it("for more blanks between the options of an entry than one", async () => {
    const [host, path] = ["sd-boot-debian", "/boot/efi/loader/entries/debian-6.1.0-25-amd64.conf"];
    const { capture } = recordedHost(host);
    const plan = await planOf(
      patched(
        capture,
        changed(host, path, (text) => text.replace(" ro ", "   ro  ")),
      ),
      { kernel: { release: "6.1.0-25-amd64" } },
    );
    expect([codes(plan, "error"), plan.steps.length]).toEqual([[], 1]);
  });
});

describe("a package without a declared kernel, beside kernelstub", () => {
  const CONF = "/boot/efi/loader/loader.conf";
  const firmware = debOf("firmware-amd-graphics", "1");
  const wish = { kernel: { packages: [packageOf(firmware)] } };

  it.each([
    ["its older kernel", "default Pop_OS-oldkern\n", /\/vmlinuz-previous\.efi$/],
    ["an entry of somebody's own", "default mine\n", /^\/boot\/efi\/mine\/linux$/],
    // As systemd-boot has it: the first of the menu.
    ["several entries", "default Pop_OS-*\n", /\/vmlinuz-previous\.efi$/],
    ["no entry at all", "default none\n", /\/vmlinuz-previous\.efi$/],
    ["nothing", "timeout 3\n", /\/vmlinuz-previous\.efi$/],
  ])("is not refused where the default names %s, and says what starts", async (_what, text, kernel) => {
    const mine = {
      [CONF]: text,
      "/boot/efi/mine/linux": "a kernel",
      "/boot/efi/mine/initrd": "an initrd",
      "/boot/efi/loader/entries/mine.conf":
        "title Mine\nlinux /mine/linux\ninitrd /mine/initrd\noptions root=/dev/sda2 ro\n",
    };
    const plan = await planOf(patched(recordedHost("intel-z390").capture, mine), wish, [firmware]);
    expect(codes(plan, "error")).toEqual([]);
    expect(plan.nextBoot.after.known && plan.nextBoot.after.value.kernel).toMatch(kernel);
  });

  it("leads to kernelstub's own choice where the default names its entry", async () => {
    const plan = await planOf(recordedHost("intel-z390").capture, wish, [firmware]);
    expect(plan.nextBoot.after.known && plan.nextBoot.after.value.kernel).toMatch(/Pop_OS-.*\/vmlinuz\.efi$/);
  });
});

describe("beside GRUB", () => {
  const MENU = "/boot/grub/grub.cfg";
  const OPTION = { kernelOptions: { present: ["iommu=pt"] } };
  const { capture } = recordedHost("debian-grub");
  const OLD = "6.1.0-25-amd64";

  it("an initrd under another name than Debian's stays in the menu", async () => {
    const [name, other] = ["initrd.img-6.1.0-26-amd64", "initramfs-6.1.0-26-amd64.img"];
    const host = patched(capture, {
      ...changed("debian-grub", MENU, (text) => text.replaceAll(name, other)),
      [`/boot/${name}`]: null,
      [`/boot/${other}`]: "an initrd",
    });
    const plan = await planOf(host, OPTION);
    expect(codes(plan, "error")).toEqual([]);
    expect(plan.nextBoot.after.known && plan.nextBoot.after.value.initrd).toBe(`/boot/${other}`);
  });

  it("a kernel without an initrd keeps the device that is its root", async () => {
    const host = patched(capture, {
      ...changed("debian-grub", MENU, (text) =>
        text
          .replace('set default="0"', 'set default="1>2"')
          .replaceAll(new RegExp(`(vmlinuz-${OLD}) root=\\S+`, "g"), "$1 root=/dev/sda2")
          .replaceAll(new RegExp(`^\\s*initrd\\s.*-${OLD}\\n`, "gm"), ""),
      ),
      [`/boot/initrd.img-${OLD}`]: null,
      "/etc/default/grub": `${capture.paths["/etc/default/grub"]?.text ?? ""}GRUB_DEFAULT='1>2'\n`,
    });
    const plan = await planOf(host, OPTION);
    expect(codes(plan, "error")).toEqual([]);
    expect(plan.nextBoot.after.known && plan.nextBoot.after.value.options).toMatch(/^root=\/dev\/sda2 ro /);
  });

  it("modules that are missing may come in a package of their own", async () => {
    const release = "6.8.0-51-generic";
    const modules = debOf(`linux-modules-${release}`, "1");
    const gone = [`/usr/lib/modules/${release}`, `/lib/modules/${release}`].flatMap((folder) => [
      [folder, null] as const,
      [`${folder}/modules.dep`, null] as const,
    ]);
    const host = patched(recordedHost("ubuntu-grub").capture, Object.fromEntries(gone));
    const plan = await planOf(host, { kernel: { packages: [packageOf(modules)] } }, [modules]);
    expect([codes(plan, "error"), plan.steps.length]).toEqual([[], 1]);
  });
});

describe("a plan after which a kernel without its parts boots", () => {
  const firmware = debOf("firmware-amd-graphics", "1");
  const wish = { kernel: { packages: [packageOf(firmware)] }, kernelOptions: { present: ["iommu=pt"] } };
  const UNBOOTABLE: Patch = {
    "/usr/lib/modules/6.1.0-26-amd64/modules.dep": null,
    "/lib/modules/6.1.0-26-amd64/modules.dep": null,
  };

  it("is refused with what is to be done where that one is left in /boot and comes first", async () => {
    const patch = { "/boot/vmlinuz-6.9.0": "a kernel" };
    const plan = await planOf(patched(recordedHost("debian-grub").capture, patch), wish, [firmware]);
    const refused = plan.diagnostics.find(({ code }) => code === "unsafe-order");
    expect(refused?.hint).toContain("lacks a part, remove it");
  });

  it("is not refused where that one boots already and the plan has nothing to do with it: apply asks then", async () => {
    const plan = await planOf(patched(recordedHost("debian-grub").capture, UNBOOTABLE), wish, [firmware]);
    expect(codes(plan, "error")).toEqual([]);
  });
});
