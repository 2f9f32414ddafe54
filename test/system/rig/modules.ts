import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { kernelModule } from "../../support/kernel-module.ts";
import type { Machine } from "./machine.ts";

/** The stand-in kernels come without vfio-pci; the real depmod lists this one, and mkinitramfs copies it. */
export async function addVfioModule(machine: Machine, release: string, file: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "hostcfg-module-"));
  writeFileSync(join(folder, "module"), kernelModule("vfio_pci", release));
  const path = `/lib/modules/${release}/${file}`;
  await machine.must("mkdir", "-p", dirname(path));
  await machine.put(join(folder, "module"), path);
  rmSync(folder, { recursive: true });
  await machine.must("depmod", release);
}
