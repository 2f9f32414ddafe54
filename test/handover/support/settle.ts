import { cpio } from "../../support/cpio.ts";
import type { Machine } from "./machine.ts";

/** A file that a plan writes. */
export interface Written {
  readonly path: string;
  readonly content: string;
  readonly mode?: number;
}

const GROUPS = "/sys/kernel/iommu_groups";
/** Later than any file of a machine. */
const BOOTED_AT = "btime 4000000000\n";

/** As an apply and a reboot would leave it: hostcfg's files for vfio, an initrd that holds them, /dev/vfio. */
export function settle(machine: Machine, written: readonly Written[]): void {
  const files = written.filter(({ path }) => path.includes("hostcfg-vfio"));
  for (const { path, content, mode } of files) machine.write(path, content, mode);
  const image = cpio(
    Object.fromEntries(namesInInitrd(files.map(({ path }) => path)).map((name) => [name, "x"])),
  );
  for (const name of machine.names("/boot")) {
    if (name.startsWith("initrd.img-")) machine.write(`/boot/${name}`, image);
  }
  for (const group of machine.names(GROUPS)) {
    const emulated = machine.names(`${GROUPS}/${group}`).includes("name");
    machine.write(`/dev/vfio/${emulated ? "noiommu-" : ""}${group}`, "");
  }
  machine.write("/proc/stat", BOOTED_AT);
}

function namesInInitrd(paths: readonly string[]): string[] {
  const modprobe = paths.filter((path) => path.includes("/modprobe.d/")).map((path) => path.slice(1));
  const scripts = paths.some((path) => path.includes("/scripts/")) ? ["scripts/init-top/hostcfg-vfio"] : [];
  return ["usr/lib/modules/x/kernel/drivers/vfio/pci/vfio-pci.ko", ...modprobe, ...scripts];
}
