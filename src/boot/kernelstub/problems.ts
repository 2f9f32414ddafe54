import { posix } from "node:path";
import { toMakeInitrd } from "../../platform/initramfs.ts";
import { layoutOf, missingParts } from "../../platform/platforms.ts";
import type { Diagnostic, KernelstubConfiguration, LoaderEntry } from "../../model/index.ts";
import type { Stub } from "./host.ts";
import { currentId } from "./probe.ts";
import { namedDefault } from "../bls/choice.ts";
import { ENTRIES } from "../bls/entries.ts";
import type { LoaderInput } from "../loader.ts";
import { problem, warning } from "../problem.ts";
import type { Room } from "../space.ts";
import { room, sizeOf } from "../space.ts";

/** What a person must know before kernelstub is run, or what forbids it. */

export function crash(release: string | undefined): Diagnostic[] {
  if (release === undefined) return [];
  return [
    problem(
      "kernelstub-would-crash",
      `/boot has the kernel ${release}: its name is no Debian version, and kernelstub crashes on it`,
      `move vmlinuz-${release} and initrd.img-${release} out of /boot, or remove their package`,
    ),
  ];
}

export function otherDefault(stub: Stub): Diagnostic[] {
  const ours = currentId(stub.name);
  const choice = namedDefault(withOwn(stub), stub.default);
  const conf = `${stub.esp.mountPoint}/loader/loader.conf`;
  const setDefault = `set "default ${ours}.conf" in ${conf}`;
  // kernelstub writes loader.conf, with its own entry as the default, where there is none or force_update says so.
  const writes = !stub.default.file || stub.configuration.forceUpdate;
  if (choice?.place !== "variable" && writes) return [];
  if (choice === undefined) {
    const { configured } = stub.default;
    const summary =
      configured === undefined
        ? `${conf} names no default entry, so the boot menu's order decides what boots next`
        : `the next boot might not start the entry that kernelstub writes: the default of ${conf} is ${configured}, and not every systemd-boot takes that for the name of an entry`;
    return [problem("not-the-default-entry", summary, setDefault)];
  }
  if (choice.named.length === 1 && choice.named[0]?.id === ours) return [];
  const summary = `the next boot might not start the entry that kernelstub writes: ${choice.by} is ${choice.pattern}, not ${ours}`;
  return [problem("not-the-default-entry", summary, choice.place === "file" ? setDefault : resetOf(stub))];
}

/** The entries, with that which kernelstub writes. */
function withOwn({ entries, others, current, esp, name }: Stub): readonly LoaderEntry[] {
  const id = currentId(name);
  const path = posix.join(esp.mountPoint, ENTRIES, `${id}.conf`);
  // It copies the kernel as well, so its entry is in the menu then.
  const written: LoaderEntry = {
    ...current,
    id,
    path,
    options: "",
    image: { path: `${path}:kernel`, size: 1 },
  };
  return [...entries.filter((entry) => entry !== current), written, ...others];
}

function resetOf(stub: Stub): string {
  return stub.default.oneShot === undefined ? 'sudo bootctl set-default ""' : 'sudo bootctl set-oneshot ""';
}

export function unseenVariables(stub: Stub): Diagnostic[] {
  if (stub.default.variablesKnown) return [];
  const summary = "whether an EFI variable overrides the default entry cannot be seen here";
  const hint = "on the host itself: bootctl list";
  return [warning("efi-variables-unknown", summary, hint)];
}

/** A pair of files on the ESP, and what shall be copied over it. */
export interface Copy {
  readonly release: string;
  readonly over: LoaderEntry | undefined;
}

/**
 * kernelstub overwrites in place, so a full ESP leaves a truncated kernel: what is missing must be known before.
 * Each of its runs copies the kernel that it starts and, beside it, the one that it takes for the previous one.
 */
export function copyRoom(stub: Stub, input: LoaderInput, runs: readonly (readonly Copy[])[]): Room {
  const { mountPoint, freeBytes } = stub.esp;
  return room(
    {
      code: "esp-space",
      where: mountPoint,
      free: freeBytes,
      bytes: Math.max(0, ...runs.map((copies) => growth(input, copies))),
      what: "kernelstub's copies",
      guessed: input.kernels.some(({ expected }) => expected === true),
    },
    [],
    input.state.initramfs,
  );
}

/** Bytes by which the files on the ESP grow. */
export function growth({ kernels }: LoaderInput, copies: readonly Copy[]): number {
  const grows = ({ release, over }: Copy, part: "image" | "initrd"): number =>
    Math.max(0, sizeOf(kernels, release, part) - (over?.[part]?.size ?? 0));
  return copies.reduce((sum, copy) => sum + grows(copy, "image") + grows(copy, "initrd"), 0);
}

export function notWhole({ kernels, state }: LoaderInput, release: string): Diagnostic[] {
  const kernel = kernels.find((one) => one.release === release);
  const parts = kernel === undefined ? [] : missingParts(kernel, layoutOf(state));
  if (kernel === undefined || parts.length === 0) return [];
  return [
    problem(
      "kernel-incomplete",
      `kernelstub would copy a kernel that cannot boot, ${kernel.release}: ${parts.join(" and ")}`,
      `${toMakeInitrd(state.initramfs, kernel)}, or declare another kernel.release`,
    ),
  ];
}

export function unknownTarget(why: string): Diagnostic[] {
  return [
    problem(
      "next-boot-unknown",
      `kernelstub must be told which kernel to copy, and what boots next does not tell: ${why}`,
      "declare kernel.release",
    ),
  ];
}

export function firmwareEntry(configuration: KernelstubConfiguration): Diagnostic[] {
  if (configuration.manageMode) return [];
  return [
    warning(
      "kernelstub-stub-mode",
      "kernelstub is not in manage mode: each run deletes and adds the firmware's boot entry and puts it first",
      "sudo kernelstub --manage-only",
    ),
  ];
}

export function noKernel(): Diagnostic {
  return problem(
    "no-bootable-kernel",
    "/boot holds no kernel with its initrd that kernelstub could be given",
    "declare kernel.release and its packages",
  );
}
