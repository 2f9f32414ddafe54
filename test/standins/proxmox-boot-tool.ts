import { compareDebianVersions } from "../../src/platform/debian/version.ts";
import type { Machine, Program, Ran } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";
import type { RootFolder } from "./root-folder.ts";

const KERNEL = "/etc/kernel";

/**
 * proxmox-boot-tool of proxmox-kernel-helper 8.1.0 for ESPs with systemd-boot, from its documentation and what was read
 * in its source: `refresh`, `kernel pin` and `kernel unpin`. The ESPs, which are never mounted here, are the folders
 * /esp/UUID of the root.
 */
export const proxmoxBootTool: Program = (args, machine) => {
  const [command, verb, release] = args;
  if (command === "refresh") return refresh(machine);
  if (command === "kernel" && verb === "pin" && release !== undefined && args.length === 3)
    return pin(release, machine);
  throw untaught("proxmox-boot-tool", args);
};

function pin(release: string, { root }: Machine): Ran {
  if (!root.exists(`/boot/vmlinuz-${release}`))
    return failed(1, `E: no kernel image found in /boot for '${release}', not setting default.\n`);
  root.overwrite(`${KERNEL}/proxmox-boot-pin`, `${release}\n`);
  return succeeded(`Set kernel '${release}' ${KERNEL}/proxmox-boot-pin.\n`);
}

/** The first kernels of its list stay on the ESPs: the running one, the two newest, the pinned and the added ones. */
function refresh(machine: Machine): Ran {
  const { root } = machine;
  const lines = (name: string): string[] =>
    root.exists(`${KERNEL}/${name}`) ? root.text(`${KERNEL}/${name}`).split("\n").filter(Boolean) : [];
  const [given] = lines("cmdline");
  const line =
    given ??
    root
      .text("/proc/cmdline")
      .trim()
      .split(" ")
      .filter((word) => !word.startsWith("initrd="))
      .join(" ");
  if (!line.includes("root=")) return failed(1, "E: No root= parameter in /etc/kernel/cmdline found!\n");
  const [pinned] = [...lines("next-boot-pin"), ...lines("proxmox-boot-pin")];
  const installed = root
    .names("/boot")
    .flatMap((name) => /^vmlinuz-(.+)$/.exec(name)?.[1] ?? [])
    .sort((a, b) => compareDebianVersions(b, a));
  const kept = new Set([
    root.text("/proc/sys/kernel/osrelease").trim(),
    ...installed.slice(0, 2),
    ...lines("proxmox-boot-manual-kernels"),
    ...(pinned === undefined ? [] : [pinned]),
  ]);
  for (const uuid of lines("proxmox-boot-uuids")) {
    const esp = `/esp/${uuid}`;
    root.makeFolder(`${esp}/loader/entries`);
    removeOld(esp, kept, root);
    for (const release of installed.filter((one) => kept.has(one))) {
      const folder = `${esp}/EFI/proxmox/${release}`;
      root.makeFolder(folder);
      for (const name of [`vmlinuz-${release}`, `initrd.img-${release}`])
        root.overwrite(`${folder}/${name}`, root.read(`/boot/${name}`));
      root.overwrite(
        `${esp}/loader/entries/proxmox-${release}.conf`,
        [
          "title    Proxmox Virtual Environment",
          `version  ${release}`,
          `options  ${line}`,
          `linux    /EFI/proxmox/${release}/vmlinuz-${release}`,
          `initrd   /EFI/proxmox/${release}/initrd.img-${release}`,
          "",
        ].join("\n"),
      );
    }
    root.overwrite(
      `${esp}/loader/loader.conf`,
      `timeout 3\ndefault ${pinned === undefined ? "proxmox-*" : `proxmox-${pinned}.conf`}\n`,
    );
  }
  return succeeded(
    lines("proxmox-boot-uuids")
      .map((uuid) => `Copying and configuring kernels on /dev/disk/by-uuid/${uuid}\n`)
      .join(""),
  );
}

/** What the ESP has of other kernels than those that are kept goes first. */
function removeOld(esp: string, kept: ReadonlySet<string>, root: RootFolder): void {
  const folder = `${esp}/EFI/proxmox`;
  for (const release of root.isFolder(folder) ? root.names(folder) : []) {
    if (kept.has(release)) continue;
    for (const name of root.names(`${folder}/${release}`)) root.remove(`${folder}/${release}/${name}`);
    root.removeFolder(`${folder}/${release}`);
    root.remove(`${esp}/loader/entries/proxmox-${release}.conf`);
  }
}
