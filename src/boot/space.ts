import { GENERATORS } from "../platform/initramfs.ts";
import { imagePackage, wordsOf } from "../platform/platforms.ts";
import type { Diagnostic, Fact, HostState, InitramfsFacts, KernelFact } from "../model/index.ts";
import { problem, warning } from "./problem.ts";

/** What a plan writes to one file system, new beside old, before it gives anything back. */
export interface Demand {
  readonly code: "boot-space" | "disk-space" | "esp-space";
  /** The folder or mount point. */
  readonly where: string;
  readonly free: Fact<number>;
  readonly bytes: number;
  /** What the bytes are for, e.g. `kernelstub's copies`. */
  readonly what: string;
  /** A part of the bytes is a guess, for it is yet to be made. */
  readonly guessed: boolean;
}

export interface Room {
  readonly bytes: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** Something that could be given up to make room. */
export interface Freeable {
  readonly what: string;
  readonly bytes: number;
  /** A command line, or what to do. */
  readonly how: string;
}

/**
 * The bytes, and an error where they do not fit, with what could be freed. What cannot be measured is let pass: a full
 * disk is noticed by the write itself, which replaces nothing before it is whole.
 */
export function room(demand: Demand, freeable: readonly Freeable[], { generator }: InitramfsFacts): Room {
  const { code, where, free, bytes, what, guessed } = demand;
  if (!free.known || bytes <= free.value) return { bytes, diagnostics: [] };
  const summary = `${where} has ${mebibytes(free.value)} free; ${what} need${guessed ? " about" : ""} ${mebibytes(bytes)} more`;
  const hint = freeable
    .map((one) => `${one.how} frees ${mebibytes(one.bytes)} (${one.what})`)
    .concat(generator.known ? [GENERATORS[generator.value].smaller] : [])
    .join("; ");
  return { bytes, diagnostics: [problem(code, summary, hint)] };
}

/**
 * mkinitramfs(8) packs an initrd out of a tree and an archive of it, which both lie unpacked in /var/tmp. Each is taken to
 * be three times the packed size. That is a guess, and where it is wrong what booted before still boots: so a warning.
 */
export function roomToMake({ free }: HostState, kernels: readonly KernelFact[]): readonly Diagnostic[] {
  const bytes = 6 * Math.max(0, ...kernels.map(({ initrd }) => initrd?.size ?? 0));
  const where = "/var/tmp";
  if (!free.varTmp.known || bytes <= free.varTmp.value) return [];
  return [
    warning(
      "initrd-space",
      `${where} has ${mebibytes(free.varTmp.value)} free; making an initrd needs about ${mebibytes(bytes)} there`,
      `free space in ${where}`,
    ),
  ];
}

/** What one more kernel needs where kernels are kept, by the largest that are there. */
export function oneMoreKernel(kernels: readonly KernelFact[]): number {
  return (["image", "initrd"] as const)
    .map((part) => Math.max(0, ...kernels.map((kernel) => kernel[part]?.size ?? 0)))
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** Bytes of a kernel's image or initrd; what is yet to be made is taken to be as large as the largest that is there. */
export function sizeOf(kernels: readonly KernelFact[], release: string, part: "image" | "initrd"): number {
  const kernel = kernels.find((candidate) => candidate.release === release);
  return kernel?.expected === true
    ? Math.max(0, ...kernels.map((candidate) => candidate[part]?.size ?? 0))
    : (kernel?.[part]?.size ?? 0);
}

/** The kernels in /boot that neither run nor are in `kept`: those that somebody could remove, the largest first. */
export function freeableKernels(state: HostState, kept: readonly string[]): Freeable[] {
  const { kernels, running } = state;
  if (!kernels.known) return [];
  return kernels.value
    .filter(
      ({ release }) =>
        !kept.includes(release) && !(running.release.known && running.release.value === release),
    )
    .map(({ release, image, initrd }) => ({
      what: `${image?.path ?? initrd?.path ?? release} and its initrd`,
      bytes: (image?.size ?? 0) + (initrd?.size ?? 0),
      how: wordsOf(state).remove(imagePackage(state, release)),
    }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
}

export function mebibytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}
