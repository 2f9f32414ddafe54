import type { NewestPair } from "../../facts/kernels.ts";
import { missingParts } from "../../facts/kernels.ts";
import type { Diagnostic, KernelFact, KernelstubConfiguration, LoaderEntry, NextBoot } from "../../model.ts";
import { MOST_LINE_BYTES } from "../../cmdline.ts";
import type { Stub } from "./host.ts";
import { currentId } from "./probe.ts";
import { chosenBy } from "./staged.ts";
import type { LoaderInput } from "../loader.ts";
import { namesEntry } from "../bls/entry-text.ts";
import { problem } from "../problem.ts";

/** What a person must know before kernelstub is run, or what forbids it. */

export function crash(release: string | undefined): Diagnostic[] {
  if (release === undefined) return [];
  return [
    problem(
      "kernelstub-would-crash",
      `/boot holds the kernel ${release}, whose name is no Debian version: kernelstub dies on it`,
      `move vmlinuz-${release} and initrd.img-${release} out of /boot, or remove their package`,
    ),
  ];
}

export function lineLength(line: string, stub: Stub): Diagnostic[] {
  // systemd-boot puts the initrd in front of the line of a type #1 entry.
  const injected = `initrd=\\EFI\\${stub.name}-${stub.rootUuid}\\initrd.img `;
  const bytes = Buffer.byteLength(injected + line);
  if (bytes <= MOST_LINE_BYTES) return [];
  return [
    problem(
      "option-line-too-long",
      `the option line would have ${bytes} bytes; an x86 kernel reads at most ${MOST_LINE_BYTES} and drops the rest`,
      "remove options, or declare some absent",
    ),
  ];
}

export function otherDefault(stub: Stub): Diagnostic[] {
  const ours = currentId(stub.name);
  const choice = chosenBy(stub.default, stub.esp);
  const conf = `${stub.esp.mountPoint}/loader/loader.conf`;
  const setDefault = `set "default ${ours}" in ${conf}`;
  // kernelstub writes loader.conf, with its own entry as the default, where there is none or force_update says so.
  const writes = !stub.default.file || stub.configuration.forceUpdate;
  const byVariable = stub.default.oneShot ?? stub.default.variable;
  if (byVariable === undefined && writes) return [];
  if (choice === undefined) {
    const summary = `${conf} names no default entry, so the boot menu's order decides what boots next`;
    return [problem("not-the-default-entry", summary, setDefault)];
  }
  const ids = new Set([ours, ...stub.entries.map(({ id }) => id)]);
  const named = [...ids].filter((id) => namesEntry(choice.pattern, id));
  if (named.length === 1 && named[0] === ours) return [];
  const summary = `the next boot would not surely start what kernelstub writes: ${choice.by} is ${choice.pattern}, not ${ours}`;
  return [problem("not-the-default-entry", summary, byVariable === undefined ? setDefault : resetOf(stub))];
}

function resetOf(stub: Stub): string {
  return stub.default.oneShot === undefined ? 'sudo bootctl set-default ""' : 'sudo bootctl set-oneshot ""';
}

export function unseenVariables(stub: Stub): Diagnostic[] {
  if (stub.default.variablesKnown) return [];
  const summary = "whether an EFI variable overrides the default entry cannot be seen here";
  const hint = "on the host itself: bootctl list";
  return [{ ...problem("efi-variables-unknown", summary, hint), severity: "warning" }];
}

/** A pair of files on the ESP, and what shall be copied over it. */
interface Copy {
  readonly release: string;
  readonly over: LoaderEntry | undefined;
}

/**
 * kernelstub overwrites in place, so a full ESP leaves a truncated kernel: what is missing must be known before.
 * Each of its runs copies the kernel that it starts and, beside it, the one that it takes for the previous one.
 */
export function room(stub: Stub, input: LoaderInput, runs: readonly (readonly Copy[])[]): Diagnostic[] {
  if (!stub.esp.freeBytes.known) return [];
  const free = stub.esp.freeBytes.value;
  const needs = runs.map((copies) => copies.reduce((sum, copy) => sum + growth(input.kernels, copy), 0));
  const most = Math.max(0, ...needs);
  if (most <= free) return [];
  const guess = input.kernels.some(({ expected }) => expected === true) ? "about " : "";
  const text = `${stub.esp.mountPoint} has ${mebibytes(free)} free; kernelstub's copies need ${guess}${mebibytes(most)} more`;
  const hint = `free space on ${stub.esp.mountPoint}, or make the initrds smaller (MODULES=dep, COMPRESS=zstd)`;
  return [problem("esp-space", text, hint)];
}

/** Bytes by which the files grow. What a package is to bring is taken to be as large as the largest that is there. */
function growth(kernels: readonly KernelFact[], { release, over }: Copy): number {
  const kernel = kernels.find((candidate) => candidate.release === release);
  const size = (part: "image" | "initrd"): number =>
    kernel?.expected === true
      ? Math.max(0, ...kernels.map((candidate) => candidate[part]?.size ?? 0))
      : (kernel?.[part]?.size ?? 0);
  const grows = (part: "image" | "initrd"): number => Math.max(0, size(part) - (over?.[part]?.size ?? 0));
  return grows("image") + grows("initrd");
}

export function notWhole(kernel: KernelFact | undefined): Diagnostic[] {
  const parts = kernel === undefined ? [] : missingParts(kernel);
  if (kernel === undefined || parts.length === 0) return [];
  return [
    problem(
      "kernel-incomplete",
      `kernelstub would copy a kernel that cannot boot, ${kernel.release}: ${parts.join(" and ")}`,
      `sudo update-initramfs -c -k ${kernel.release}, or declare another kernel.release`,
    ),
  ];
}

export function unknownTarget(why: string): Diagnostic[] {
  return [
    problem(
      "next-boot-unknown",
      `kernelstub must be told which kernel to copy, and what boots next is unknown: ${why}`,
      "declare kernel.release",
    ),
  ];
}

export function lasting(stub: Stub, input: LoaderInput, chosen: NewestPair): Diagnostic[] {
  const { release } = input.wish;
  if (
    release === undefined ||
    chosen.newest === undefined ||
    chosen.newest === release ||
    stub.hooks.length === 0
  )
    return [];
  return [
    {
      ...problem(
        "pin-not-lasting",
        `${release} boots next, but only until the next kernel or initramfs update: kernelstub's hooks then take ${chosen.newest}`,
        `run "hostcfg apply" after each such update; once ${release} has booted well, removing the packages of ${chosen.newest} makes it last`,
      ),
      severity: "warning",
      detail:
        "kernelstub takes the newest complete pair in /boot by Debian version order; neither symlinks nor earlier --kernel-path arguments count.",
    },
  ];
}

export function wayBack(after: NextBoot, target: string): Diagnostic[] {
  if (after.fallback.known && after.fallback.value !== target) return [];
  const has = after.fallback.known
    ? `its entry for an older kernel will also hold ${target}`
    : after.fallback.why;
  return [
    {
      ...problem(
        "no-fallback",
        `the boot menu will offer no other kernel than ${target}: ${has}`,
        "keep a live USB stick at hand for this reboot",
      ),
      severity: "warning",
    },
  ];
}

export function firmwareEntry(configuration: KernelstubConfiguration): Diagnostic[] {
  if (configuration.manageMode) return [];
  return [
    {
      ...problem(
        "kernelstub-stub-mode",
        "kernelstub is not in manage mode: each run deletes and adds the firmware's boot entry and puts it first",
        "sudo kernelstub --manage-only",
      ),
      severity: "warning",
    },
  ];
}

export function noKernel(): Diagnostic {
  return problem(
    "no-bootable-kernel",
    "/boot holds no kernel with its initrd that kernelstub could be given",
    "declare kernel.release and its packages",
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}
