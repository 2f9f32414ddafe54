import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { KERNEL_INSTALL_HOOKS, OWN_SUITE } from "./base.ts";
import type { Initrds } from "./base.ts";
import { copyDisks } from "./disks.ts";
import { NEWER, OLDER, install, write } from "./grub.ts";
import type { Started } from "./live.ts";
import { LOADER_INFO } from "./live.ts";
import { Machine } from "./machine.ts";
import { storyOf } from "./suites.ts";
import { movedProgram } from "./moved-program.ts";

export const ESP = "/boot/efi";
/** With relaxed checks alone, systemd 262 takes /boot for it. */
const FINDS_THE_ESP = `SYSTEMD_RELAX_ESP_CHECKS=1 SYSTEMD_ESP_PATH=${ESP}`;
/** As bootctl(1) is. */
const LOADERS: Readonly<Record<string, string>> = {
  bookworm: "systemd-boot 252.39-1~deb12u2",
  trixie: "systemd-boot 257.8-1~deb13u2",
  forky: "systemd-boot 262-1",
};

function firstBoot(suite: string): Started {
  const loaderInfo = LOADERS[suite];
  const cmdline = `initrd=\\debian\\${NEWER}\\initrd.img-${NEWER} ro quiet`;
  return { ...(loaderInfo === undefined ? {} : { loaderInfo }), release: NEWER, cmdline };
}

/** A Debian host that boots by systemd-boot, its kernels installed by the real dpkg, kernel-install and bootctl. */
export async function bootSystemdBoot(suite = OWN_SUITE, initrds?: Initrds): Promise<Machine> {
  const folder = mkdtempSync(join(inject("folder"), "sd-boot-"));
  copyDisks(await storyOf(suite, initrds), folder);
  const machine = new Machine(folder);
  await machine.powerOn(firstBoot(suite));
  await machine.must("rm", "-r", "/usr/bin/kernelstub", "/etc/kernelstub", `${ESP}/loader`, `${ESP}/EFI`);
  await machine.must(
    "rm",
    "/etc/kernel/postinst.d/zz-kernelstub",
    "/etc/initramfs/post-update.d/zz-kernelstub",
  );
  await machine.must("dpkg", "--purge", "linux-image-5.3.0-7625-generic");
  await machine.must("cp", "-a", `${KERNEL_INSTALL_HOOKS}/.`, "/");
  const uuid = /^UUID=(\S+)\s+\/\s/m.exec(machine.readText("/etc/fstab"))?.[1] ?? "";
  await write(machine, "/etc/kernel/cmdline", `root=UUID=${uuid} ro quiet iommu=on\n`);
  await write(machine, "/etc/kernel/entry-token", "debian\n");
  await machine.must("mkdir", `${ESP}/debian`);
  await machine.must("bootctl", `--esp-path=${ESP}`, "--no-variables", "install");
  // Its hook of kernels, too, asks whether systemd-boot is installed.
  if (suite === "forky") await letHooksFindTheEsp(machine);
  for (const release of [OLDER, NEWER]) await install(machine, release);
  return machine;
}

/** As it is in this boot; none where that came by another loader. */
function loaderInfoOf(machine: Machine): Pick<Started, "loaderInfo"> {
  const path = machine.path(`/sys/firmware/efi/efivars/${LOADER_INFO}`);
  if (!existsSync(path)) return {};
  return { loaderInfo: readFileSync(path).subarray(4).toString("utf16le").replace("\0", "") };
}

/**
 * Debian's hooks ask bootctl(1) whether systemd-boot is installed, and it looks for the partition in udev's database, which
 * these machines have none of; kernel-install(8) does so itself since systemd 254. hostcfg hands no variable on that would
 * have them believe the mount.
 */
export async function letHooksFindTheEsp(machine: Machine): Promise<void> {
  for (const program of ["/usr/bin/bootctl", "/usr/bin/kernel-install"]) {
    const real = await movedProgram(machine, program);
    await write(machine, program, `#!/bin/sh\n${FINDS_THE_ESP} exec ${real} "$@"\n`);
    await machine.must("chmod", "755", program);
  }
}

/** What the real bootctl says is started by default, with the files that its entry names. */
export async function playBootctl(machine: Machine): Promise<Started & { readonly id: string }> {
  const list = await machine.must("bootctl", "list", "--no-pager");
  const chosen =
    list.split(/\n\s*\n/).find((entry) => entry.includes("(default)")) ?? list.split(/\n\s*\n/)[0] ?? "";
  const field = (name: string): string => new RegExp(`^\\s*${name}: (.*)$`, "m").exec(chosen)?.[1] ?? "";
  // Since 254 with two slashes behind the ESP.
  const initrd = field("initrd").replace(ESP, "").replace(/^\/+/, "/");
  const [kernel = ""] = [field("linux"), field("initrd")].map((file) => {
    const content = machine.readText(file.startsWith(ESP) ? file : `${ESP}${file}`);
    if (content === "") throw new Error(`${file} is empty`);
    return content;
  });
  return {
    id: field("id"),
    ...loaderInfoOf(machine),
    // Kernels without content say it themselves (kernelImage in kernels.ts), whatever an entry calls them.
    release: /^MZ([\w.+~-]+)\n/.exec(kernel)?.[1] ?? field("version"),
    cmdline: `initrd=${initrd.replaceAll("/", "\\")} ${field("options")}`,
  };
}
