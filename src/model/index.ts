/**
 * The vocabulary: every noun that the parts of hostcfg hand to each other, as plain JSON.
 *
 * Read this first. Nothing is decided here. Whatever takes effect at boot has up to four states, and the names never mix
 * them up:
 *
 * - *declared*: what the spec says;
 * - *configured*: what the files say that generate boot entries (for kernelstub, its configuration);
 * - *staged*: what the next boot will use (the loader's entries and the images they name);
 * - *live*: what this boot uses (`/proc/cmdline`, `uname -r`, the present IOMMU groups).
 *
 * `plan` compares declared with configured and staged; `verify` compares declared with live.
 */

export type * from "./action.ts";
export type * from "./bls.ts";
export type * from "./boot.ts";
export type * from "./bootability.ts";
export type * from "./diagnostic-codes.ts";
export type * from "./diagnostic.ts";
export type * from "./doctor.ts";
export type * from "./fact.ts";
export type * from "./grouping.ts";
export type * from "./grub.ts";
export type * from "./health.ts";
export type * from "./host-devices.ts";
export type * from "./host-state.ts";
export type * from "./kernel.ts";
export type * from "./kernelstub.ts";
export type * from "./lock.ts";
export type * from "./machine.ts";
export type * from "./package.ts";
export type * from "./pci.ts";
export type * from "./plan.ts";
export type * from "./proxmox.ts";
export type * from "./systemd-boot.ts";
export type * from "./verification-record.ts";
export type * from "./verify.ts";
export type * from "./vfio.ts";
