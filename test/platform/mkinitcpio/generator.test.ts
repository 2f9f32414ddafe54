import { describe, expect, it } from "vitest";
import { readInitramfs, toMakeInitrd } from "../../../src/platform/initramfs.ts";
import { mkinitcpio } from "../../../src/platform/mkinitcpio/generator.ts";
import type { Content } from "../../support/host.ts";
import { readerOf } from "../../support/host.ts";

const PRESET = "/etc/mkinitcpio.d/linux-zen.preset";
/** As mkinitcpio 41 makes it for each kernel package, without most of its comments. */
const USUAL = `#ALL_config="/etc/mkinitcpio.conf"
ALL_kver="/boot/vmlinuz-linux-zen"
PRESETS=('default')
default_image="/boot/initramfs-linux-zen.img"
#default_uki="/efi/EFI/Linux/arch-linux-zen.efi"
#default_options="--splash /usr/share/systemd/bootctl/splash-arch.bmp"
fallback_image="/boot/initramfs-linux-zen-fallback.img"
fallback_options="-S autodetect"
`;

function hostWith(preset: string, more: Record<string, Content> = {}): Record<string, Content> {
  return { "/usr/bin/mkinitcpio": "#!/usr/bin/env bash\n", [PRESET]: preset, ...more };
}

describe("mkinitcpio", () => {
  it("makes the initrds where its presets are the usual ones", () => {
    expect(readInitramfs(readerOf(hostWith(USUAL)))).toEqual({
      generator: { known: true, value: "mkinitcpio" },
    });
  });

  it("makes none where it is not installed", () => {
    expect(mkinitcpio.makesThem(readerOf({ [PRESET]: USUAL }))).toBe(false);
  });

  it.each<[string, Record<string, Content>, RegExp]>([
    [
      "a unified kernel image",
      hostWith(`${USUAL}default_uki="/efi/EFI/Linux/arch.efi"\n`),
      /unified kernel image/,
    ],
    [
      "its own settings",
      hostWith(`ALL_config="/etc/mkinitcpio.conf"\n${USUAL}`),
      /reads nothing of \/etc\/mkinitcpio\.conf\.d/,
    ],
    [
      "an image elsewhere",
      hostWith(`${USUAL}default_image=/efi/initramfs-linux-zen.img\n`),
      /make \/efi\/initramfs-linux-zen\.img/,
    ],
    ["no images any more", hostWith(`${USUAL}PRESETS=()\n`), /make nothing, not \/boot\//],
    ["another kernel in it", hostWith(`${USUAL}default_kver=6.1.0\n`), /linux-zen\.img made for 6\.1\.0/],
    [
      "what only bash understands",
      hostWith(`${USUAL}default_image+=x\n`),
      /line 9 of \/etc\/mkinitcpio\.d\/linux-zen\.preset says something that only bash/,
    ],
    ["options of its own", hostWith(`${USUAL}default_options='-A x'\n`), /options of its own/],
    [
      "a program that copies each initrd",
      hostWith(USUAL, { "/etc/initcpio/post/copy": "" }),
      /initcpio\/post\/copy/,
    ],
  ])("is not driven where a preset has %s", (_what, files, why) => {
    const { generator, undriven } = readInitramfs(readerOf(files));
    expect(undriven).toBe("mkinitcpio");
    expect(generator.known ? "" : generator.why).toMatch(why);
  });

  it("is run for the release, and makes the file that the kernel's name says", () => {
    const kernel = { release: "6.12.4-zen1-1-zen", name: "linux-zen" };
    expect(toMakeInitrd(readInitramfs(readerOf(hostWith(USUAL))), kernel)).toBe(
      "sudo mkinitcpio --nopost --kernel 6.12.4-zen1-1-zen --generate /boot/initramfs-linux-zen.img",
    );
  });

  it("makes them from its settings and hooks, and from modprobe's; a preset is written anew with each upgrade", () => {
    const files = hostWith(USUAL, {
      "/etc/mkinitcpio.conf": "MODULES=()\n",
      "/etc/mkinitcpio.conf.d/a.conf": "",
      "/etc/mkinitcpio.conf.d/a.conf.pacnew": "",
      "/etc/initcpio/install/own": "",
      "/etc/modprobe.d/b.conf": "",
    });
    const sources = mkinitcpio.sourceFiles(readerOf(files));
    expect(sources).toEqual([
      "/etc/mkinitcpio.conf",
      "/etc/mkinitcpio.conf.d/a.conf",
      "/etc/initcpio/install/own",
      "/etc/modprobe.d/b.conf",
    ]);
    expect(sources.filter((path) => !mkinitcpio.sources.test(path))).toEqual([]);
    expect(mkinitcpio.sources.test("/etc/mkinitcpio.config")).toBe(false);
  });
});
