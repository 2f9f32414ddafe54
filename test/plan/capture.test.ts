import { describe, expect, it } from "vitest";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import {
  ARCHITECTURE_QUERY,
  BOOT_LOG_QUERIES,
  PACKAGES_QUERY,
  ROOT_UUID_QUERY,
} from "../../src/host/queries.ts";
import { takeCapture } from "../../src/plan/capture.ts";
import { probe } from "../../src/plan/probe.ts";
import type { Content } from "../support/host.ts";
import { configSpace } from "../pci/grouping/support/config-bytes.ts";
import { pciDevice } from "../pci/support/device.ts";
import { sysfsOf } from "../pci/support/sysfs.ts";
import { captureOf } from "../support/host.ts";
import { patched } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const UUID = "11111111-2222-3333-4444-555555555555";
const ROOT_LINE = `UUID=${UUID} / ext4 errors=remount-ro 0 1\n`;
const SHARE = "//nas/films /films cifs user=me,password=hunter2 0 0";
const SWAP_LINE = "UUID=5afe none swap sw,pri=5,nofail 0 0\n";
const KEPT = `UUID=${UUID} / ext4 defaults 0 0\nUUID=5afe none swap nofail 0 0\n`;
const FSTAB = `# <file system> <mount point>\n#UUID=old / ext4 defaults 0 1\n${ROOT_LINE}${SHARE}\n${SWAP_LINE}`;

const programsNotRun = [ARCHITECTURE_QUERY, PACKAGES_QUERY, ROOT_UUID_QUERY].map((argv) => ({
  argv,
  answer: { ran: false as const, why: "commands of another root are not run" },
}));

/** A host whose programs are not run, so that its files are read. */
function hostWith(files: Record<string, Content>): CaptureTree {
  return new CaptureTree(captureOf(files, { queries: programsNotRun }));
}

const capture = (host: CaptureTree) => takeCapture(host, undefined, "0.0.0", new Date(0));

describe("a capture", () => {
  it.each<[string, string, Record<string, Content>]>([
    ["where it usually is", "/etc/fstab", { "/etc/fstab": FSTAB }],
    [
      "behind a link",
      "/usr/share/fstab",
      { "/etc/fstab": { link: "../usr/share/fstab" }, "/usr/share/fstab": FSTAB },
    ],
    ["in a linked folder", "/usr/etc/fstab", { "/etc": { link: "usr/etc" }, "/usr/etc/fstab": FSTAB }],
  ])("keeps of fstab only the lines about disks, and what is read of them: %s", async (_, path, files) => {
    const taken = await capture(hostWith(files));
    expect(taken.paths[path]).toMatchObject({ kind: "file", size: KEPT.length, text: KEPT });
    expect(JSON.stringify(taken)).not.toContain("hunter2");
  });

  it("keeps only the same of an fstab that is not UTF-8", async () => {
    const bytes = Buffer.concat([Buffer.from(FSTAB), Buffer.from("# f\xfcr sp\xe4ter\n", "latin1")]);
    const host = hostWith({ "/etc/fstab": { kind: "file", base64: bytes.toString("base64") } });
    const base64 = Buffer.from(KEPT).toString("base64");
    expect((await capture(host)).paths["/etc/fstab"]).toEqual({
      kind: "file",
      size: KEPT.length,
      base64,
    });
  });

  it("keeps of a ZFS host which pool lies on which disk, and no serial number or name of the host", async () => {
    const DISK = "/sys/devices/pci0000:00/0000:00:17.0/block/sda";
    const host = hostWith({
      "/proc/self/mounts": "rpool/ROOT / zfs rw 0 0\ntank/x /tank zfs rw 0 0\n",
      "/sys/class/net": { folder: true },
      "/sys/class/block/sda": { link: "../../devices/pci0000:00/0000:00:17.0/block/sda" },
      [`${DISK}/dev`]: "8:0\n",
      "/run/udev/data/b8:0": "E:ID_SERIAL=hunter2\nE:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=rpool\n",
      "/etc/zfs/zpool.cache": `name\0tank\0path\0/dev/sda\0hostname\0hunter2\0`,
    });
    const taken = await capture(host);
    expect(Buffer.from(JSON.stringify(taken)).toString()).not.toContain("hunter2");
    expect(Buffer.from(taken.paths["/etc/zfs/zpool.cache"]?.head ?? "", "base64").toString()).not.toContain(
      "hunter2",
    );
    const facts = async (tree: CaptureTree) =>
      (await probe(new LinkReader(tree), undefined)).hostDevices.disks;
    expect(await facts(new CaptureTree(taken))).toEqual(await facts(host));
    expect(await facts(host)).toMatchObject({
      value: [
        { holds: "/", addresses: { value: ["0000:00:17.0"] } },
        { holds: "/tank", addresses: { value: ["0000:00:17.0"] } },
      ],
    });
  });

  it("leaves the hashes of passwords out of GRUB's menu, and the rest of it as it is", async () => {
    const menu = (hash: string): string =>
      `set superusers="root"\npassword_pbkdf2 root${hash}\nmenuentry 'x' --unrestricted {\n\tlinux /vmlinuz-1 a\n}\nsource $prefix/custom.cfg\n`;
    const custom = (hash: string): string => `\tpassword me${hash}\n`;
    const host = patched(recordedHost("debian-grub").capture, {
      "/boot/grub/grub.cfg": menu(" grub.pbkdf2.sha512.hunter2"),
      "/boot/grub/custom.cfg": custom(" hunter2"),
    });
    const { paths } = await capture(new CaptureTree(host));
    expect(JSON.stringify(paths)).not.toContain("hunter2");
    expect(paths["/boot/grub/grub.cfg"]).toMatchObject({ text: menu("") });
    expect(paths["/boot/grub/custom.cfg"]).toMatchObject({ text: custom("") });
  });

  it("leaves the hashes of passwords out of any file that is read", async () => {
    const { capture } = recordedHost("debian-grub");
    const host = patched(capture, {
      "/etc/default/grub.d/90-users.cfg": "password_pbkdf2 root grub.pbkdf2.sha512.hunter2\nGRUB_TIMEOUT=3\n",
    });
    const taken = await takeCapture(new CaptureTree(host), undefined, "0.0.0", new Date(0));
    const text = JSON.stringify(taken.paths);
    expect([text.includes("hunter2"), text.includes("GRUB_TIMEOUT=3")]).toEqual([false, true]);
  });

  it("leaves the hashes of passwords out of a menu in /boot/grub2 as well", async () => {
    const host = patched(recordedHost("fedora-bls").capture, {
      "/boot/grub2/grub.cfg":
        'set superusers="root"\npassword_pbkdf2 root grub.pbkdf2.sha512.hunter2\nblscfg\n',
    });
    const { paths } = await capture(new CaptureTree(host));
    expect(Object.keys(paths)).toContain("/boot/grub2/grub.cfg");
    expect(JSON.stringify(paths)).not.toContain("hunter2");
  });

  it("keeps of the kernel's log only what it says of options", async () => {
    const option = "pcie_acs_override=downstream";
    const verdict = `[0.05] Unknown kernel command line parameters "${option}", will be passed to user space.\n`;
    const log = `[0.00] Linux version 6.1\n[0.01] DMI: serial 1234\n${verdict}`;
    const { paths, queries } = captureOf({
      "/proc/cmdline": `quiet ${option}\n`,
      "/proc/sys/kernel/osrelease": "6.1\n",
    });
    const [dmesg] = BOOT_LOG_QUERIES;
    const answer = { ran: true as const, exitCode: 0, stdout: log, stderr: "" };
    const host = new CaptureTree({
      ...captureOf({}),
      paths,
      queries: [...queries, ...programsNotRun, { argv: dmesg, answer }],
    });
    const spec = { apiVersion: "hostcfg/v1" as const, kernelOptions: { present: [option] } };
    const taken = await takeCapture(host, spec, "0.0.0", new Date(0));
    expect(JSON.stringify(taken)).not.toContain("1234");
    const again = await probe(new LinkReader(new CaptureTree(taken)), spec);
    expect(again.acsOverride).toEqual((await probe(new LinkReader(host), spec)).acsOverride);
    expect(again.acsOverride?.patch?.answer).toBe("absent");
  });

  it("holds what decides about the IOMMU: the DMAR table's flags, the machine, and what the kernel brings", async () => {
    const dmar = Buffer.alloc(48, 1);
    const host = hostWith({
      "/sys/firmware/acpi/tables/DMAR": { kind: "file", base64: dmar.toString("base64") },
      "/sys/kernel/iommu_groups/0/devices/0000:01:00.0": { link: "x" },
      "/sys/kernel/iommu_groups/0/name": "vfio-noiommu\n",
      "/sys/class/dmi/id/sys_vendor": "QEMU\n",
      "/sys/class/dmi/id/bios_vendor": "coreboot\n",
      "/proc/sys/kernel/osrelease": "6.12.1\n",
      "/usr/lib/modules/6.12.1/config": "CONFIG_PCI=y\nCONFIG_AMD_IOMMU=y\n",
    });
    const { iommu } = await probe(new LinkReader(host));
    expect(iommu.emulatedGroups).toHaveLength(1);
    expect(iommu.kernels).toEqual({ "6.12.1": { drivers: ["amd"] } });
    const taken = await capture(host);
    expect((await probe(new LinkReader(new CaptureTree(taken)))).iommu).toEqual(iommu);
  });

  it("keeps of a package's list of files what names its kernel, and is read as the same", async () => {
    const { capture: recorded } = recordedHost("debian-grub");
    const list = "/var/lib/dpkg/info/linux-image-6.1.0-26-amd64.list";
    const named = "/boot/vmlinuz-6.1.0-26-amd64\n/lib/modules/6.1.0-26-amd64/kernel\n";
    const host = patched(recorded, { [list]: `/.\n${named}/lib/modules/6.1.0-26-amd64/kernel/fs\n` });
    const taken = await capture(new CaptureTree(host));
    expect(taken.paths[list]).toMatchObject({ text: named, size: named.length });
    const packages = async (tree: CaptureTree) => (await probe(new LinkReader(tree), undefined)).packages;
    expect(await packages(new CaptureTree(taken))).toEqual(await packages(new CaptureTree(host)));
  });

  it("gives the root file system that the host gave", async () => {
    const host = hostWith({ "/etc/fstab": FSTAB });
    const facts = (tree: CaptureTree) => probe(new LinkReader(tree), undefined);
    const again = await facts(new CaptureTree(await capture(host)));
    expect(again.rootUuid).toEqual({ known: true, value: UUID });
    expect(again).toEqual(await facts(host));
  });

  it("keeps of configuration space what comes before the zeros at its end, and is read as the same", async () => {
    const space = configSpace({ pcieType: 4, acs: { capability: 0x1f, control: 0x1d } });
    const port = pciDevice({ address: "0000:00:01.0" });
    const path = `${port.path}/config`;
    const base64 = Buffer.from(space).toString("base64");
    const host = hostWith({ ...sysfsOf([port]), [path]: { kind: "file", size: 4096, base64 } });
    const taken = await capture(host);
    expect(taken.paths[path]).toMatchObject({
      size: 0x147,
      head: Buffer.from(space.subarray(0, 0x147)).toString("base64"),
    });
    const facts = async (tree: CaptureTree) => (await probe(new LinkReader(tree), undefined)).pci;
    const again = await facts(new CaptureTree(taken));
    expect(again).toEqual(await facts(host));
    expect(again).toMatchObject({ value: [{ config: { known: true, value: { pcieType: 4 } } }] });
  });
});
