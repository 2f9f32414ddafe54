import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/index.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("arch-static");
const ENTRIES = "/boot/loader/entries";
const [USUAL, LTS] = ["6.12.4-arch1-1", "6.6.63-1-lts"];
const OPTIONS = { kernelOptions: { present: ["iommu=pt"] } };

function paths({ steps }: Plan): string[] {
  return steps.flatMap((step) => ("path" in step ? [step.path] : [step.argv.join(" ")]));
}

describe("entries that somebody wrote", () => {
  it("get options one by one, and nothing is written that new entries or unified images are made from", async () => {
    const own = [`${ENTRIES}/a-hostcfg-booted.conf`, "/var/lib/hostcfg/options.json"];
    expect(paths(await planOf(capture, OPTIONS))).toEqual([...own, `${ENTRIES}/arch.conf`]);
    const withTemplate = patched(capture, { "/etc/kernel/cmdline": "root=/dev/sda2 rw\n" });
    expect(paths(await planOf(withTemplate, OPTIONS))).toEqual([...own, `${ENTRIES}/arch.conf`]);
  });

  it("are chosen by the release that the image of their kernel says", async () => {
    const plan = await planOf(capture, { kernel: { release: LTS } });
    expect(plan.steps).toMatchObject([
      { path: "/boot/loader/loader.conf", content: "default arch-lts.conf\ntimeout 3\n" },
    ]);
    expect(plan.nextBoot.after).toMatchObject({ value: { release: { known: true, value: LTS } } });
    expect(plan.nextBoot.after).toMatchObject({ value: { fallback: { known: true, value: USUAL } } });
  });

  it("are taken with the usual initrd before those with a fallback's, unless that is what boots", async () => {
    const other = patched(capture, { "/boot/loader/loader.conf": "default arch-lts.conf\n" });
    const plan = await planOf(other, { kernel: { release: USUAL } });
    expect(plan.steps).toMatchObject([{ content: "default arch.conf\n" }]);
    expect(codes(plan, "error")).toEqual([]);
  });

  it("are not made where none starts the declared release: it is said how to write one", async () => {
    const without = patched(capture, { [`${ENTRIES}/arch-lts.conf`]: null });
    const plan = await planOf(without, { kernel: { release: LTS }, ...OPTIONS });
    expect(codes(plan, "error")).toContain("entry-missing");
    expect(plan.diagnostics.find(({ code }) => code === "entry-missing")?.hint).toContain(
      "linux /vmlinuz-linux-lts and initrd /initramfs-linux-lts.img",
    );
    expect(plan.steps).toEqual([]);
  });

  it("start the initrd that mkinitcpio makes in its place, and kernel-install is not run", async () => {
    const text = capture.paths["/etc/mkinitcpio.conf"]?.text ?? "";
    const newer = patched(capture, {
      "/etc/mkinitcpio.conf": { kind: "file", text, modifiedAt: Date.parse("2025-01-01") },
    });
    const plan = await planOf(newer, { kernel: { release: USUAL } });
    expect(plan.steps).toMatchObject([
      {
        action: { does: "make-initrd", by: "mkinitcpio", name: "linux" },
        flushes: ["/boot"],
      },
    ]);
  });

  it("start another release once their package is upgraded, unless it is held", async () => {
    const upgrade = async (host: typeof capture): Promise<unknown> =>
      (await planOf(host, OPTIONS)).nextBoot.afterUpgrade;
    expect(await upgrade(capture)).toMatchObject({ value: { keeps: false } });
    const held = patched(capture, { "/etc/pacman.conf": "[options]\nIgnorePkg = linux\n" });
    expect(await upgrade(held)).toEqual({
      known: true,
      value: { keeps: true, rule: "the package linux is held" },
    });
  });

  it("are kernel-install's to make where a single one is its own", async () => {
    const token = capture.paths["/etc/machine-id"]?.text?.trim() ?? "";
    const folder = `/boot/${token}/${LTS}`;
    const made = patched(capture, {
      [`${folder}/linux`]: "MZ",
      [`${folder}/initrd`]: "initrd",
      [`${ENTRIES}/${token}-${LTS}.conf`]: `version ${LTS}\nlinux /${token}/${LTS}/linux\ninitrd /${token}/${LTS}/initrd\noptions rw\n`,
    });
    expect(paths(await planOf(made, OPTIONS))).toContain("/etc/kernel/cmdline");
  });
});

describe("entries on a boot partition beside the ESP", () => {
  it("are changed there, and the default on the ESP", async () => {
    const moved = patched(capture, {
      "/boot/EFI/systemd/systemd-bootx64.efi": null,
      "/boot/loader/loader.conf": null,
      "/efi": { kind: "directory", entries: ["EFI", "loader"], freeBytes: 100_000_000 },
      "/efi/EFI/systemd/systemd-bootx64.efi": "MZ",
      "/efi/loader/loader.conf": "default arch.conf\n",
      "/proc/1234/mounts": `${capture.paths["/proc/1234/mounts"]?.text ?? ""}/dev/sda3 /efi vfat rw 0 0\n`,
    });
    const plan = await planOf(moved, { kernel: { release: LTS }, ...OPTIONS });
    expect(paths(plan)).toEqual([
      "/var/lib/hostcfg/options.json",
      `${ENTRIES}/arch-lts.conf`,
      "/efi/loader/loader.conf",
    ]);
  });
});
