import { expect, it } from "vitest";
import type { Patch } from "../support/planning.ts";
import { codes, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

/** Hosts of public reports that are refused, or not, whatever the loader. */

const IOMMU = { kernelOptions: { present: ["iommu=pt"] } };
const CMDLINE = "/etc/kernel/cmdline";
const ROOT = "root=ZFS=rpool/ROOT/pve-1 boot=zfs quiet";
const CONFIGURATION = "/etc/kernelstub/configuration";

it.each<[string, string, Patch, string[]]>([
  ["an empty first line", "proxmox-zfs", { [CMDLINE]: `\n${ROOT}\n` }, ["root-missing"]],
  ["a comment as first line", "proxmox-zfs", { [CMDLINE]: `# passthrough\n${ROOT}\n` }, ["root-missing"]],
  ["a carriage return", "proxmox-zfs", { [CMDLINE]: `${ROOT}\r\n` }, []],
  [
    "broken JSON",
    "pop-x570",
    { [CONFIGURATION]: '{ "default": { "a": 1, }\n' },
    ["kernelstub-configuration"],
  ],
  [
    "Windows as the default",
    "pop-x570",
    {
      "/boot/efi/EFI/Microsoft/Boot/bootmgfw.efi": "MZ",
      "/boot/efi/loader/loader.conf": "default auto-windows\ntimeout 5\n",
    },
    ["not-the-default-entry"],
  ],
])("%s is answered as the real tool does", async (_what, name, patch, errors) => {
  const plan = await planOf(patched(recordedHost(name).capture, patch), IOMMU);
  expect(codes(plan, "error")).toEqual(errors);
});
