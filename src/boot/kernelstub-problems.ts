import type { NewestPair } from "../facts/kernels.ts";
import type { Diagnostic, KernelFact, KernelstubConfiguration, NextBoot } from "../model.ts";
import { MOST_LINE_BYTES } from "../cmdline.ts";
import type { Stub } from "./kernelstub-host.ts";
import { currentId } from "./kernelstub-probe.ts";
import { chosenBy } from "./kernelstub-staged.ts";
import type { LoaderInput } from "./loader.ts";
import { namesEntry } from "./loader-entries.ts";
import { problem } from "./problem.ts";

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
  // Without a loader.conf kernelstub writes one that names its own entry.
  if (choice === undefined || namesEntry(choice.pattern, ours)) return [];
  const remedy =
    stub.default.oneShot !== undefined
      ? 'sudo bootctl set-oneshot ""'
      : stub.default.variable !== undefined
        ? 'sudo bootctl set-default ""'
        : `set "default ${ours}" in ${stub.esp.mountPoint}/loader/loader.conf`;
  return [
    problem(
      "not-the-default-entry",
      `the next boot would not start what kernelstub writes: ${choice.by} is ${choice.pattern}, not ${ours}`,
      remedy,
    ),
  ];
}

/** kernelstub overwrites in place, so a full ESP leaves a truncated kernel: what is missing must be known before. */
export function room(stub: Stub, input: LoaderInput, target: string): Diagnostic[] {
  if (!stub.esp.freeBytes.known) return [];
  const kernel = input.kernels.find(({ release }) => release === target);
  const guess = kernel?.expected === true;
  const sizes = guess
    ? largest(input.kernels)
    : { image: kernel?.image?.size ?? 0, initrd: kernel?.initrd?.size ?? 0 };
  const growth =
    Math.max(0, sizes.image - (stub.current?.image?.size ?? 0)) +
    Math.max(0, sizes.initrd - (stub.current?.initrd?.size ?? 0));
  const free = stub.esp.freeBytes.value;
  if (growth <= free) return [];
  const text = `${stub.esp.mountPoint} has ${mebibytes(free)} free; the copies of ${target} need ${guess ? "about " : ""}${mebibytes(growth)} more`;
  const hint = `free space on ${stub.esp.mountPoint}, or make the initrd smaller (MODULES=dep, COMPRESS=zstd)`;
  return [{ ...problem("esp-space", text, hint), severity: guess ? "warning" : "error" }];
}

function largest(kernels: readonly KernelFact[]): { image: number; initrd: number } {
  return {
    image: Math.max(0, ...kernels.map((kernel) => kernel.image?.size ?? 0)),
    initrd: Math.max(0, ...kernels.map((kernel) => kernel.initrd?.size ?? 0)),
  };
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
