import type { Change, Diagnostic, HostState } from "../../model/index.ts";
import { toMakeInitrd } from "../../platform/initramfs.ts";
import { releaseOf } from "../bls/entry-release.ts";
import type { LoaderInput } from "../loader.ts";
import { problem } from "../problem.ts";
import { isAddedAs } from "./kernel-install.ts";
import type { Host } from "./driven-host.ts";

/**
 * The release that kernel-install was adding when an apply was cut, where what it left is not all there. Where another one
 * is declared, that one becomes the default.
 */
export function halfWritten(host: Host, { state, wish, cut }: LoaderInput): string | undefined {
  const release = cut?.rewritten;
  if (release === undefined || (wish.release ?? release) !== release) return undefined;
  return isHalfWritten(host, state.kernels, release) ? release : undefined;
}

/** Whether what kernel-install writes for a release is anything but whole and the same as in /boot. */
export function isHalfWritten(host: Host, kernels: HostState["kernels"], release: string): boolean {
  const own = host.entries.filter((entry) => isAddedAs(host, entry, release));
  const whole = own.filter((entry) => {
    const its = releaseOf(entry, kernels, release);
    return its.known && its.value === release;
  });
  return own.length === 0 || whole.length < own.length;
}

/** Kernel-install's files are its hooks' work or half done: what boots is only known to be whole once it ran by itself. */
export function copiesChange(release: string, isHalf: boolean): Change {
  return {
    address: "bootLoader.copies",
    action: "update",
    before: isHalf ? "half written" : "as they boot now",
    after: `made from /boot for ${release}`,
    reason: isHalf
      ? "an apply was interrupted while kernel-install wrote them"
      : "hooks run kernel-install, which writes them in place, and hide its failures",
    effect: "next-boot",
  };
}

/** The way back stays the default as long as what would boot without it cannot be mended. */
export function unmendable({ kernels, state }: LoaderInput, release: string): Diagnostic[] {
  const kernel = kernels.find((one) => one.release === release);
  if ((kernel?.image?.size ?? 0) > 0 && (kernel?.initrd?.size ?? 0) > 0) return [];
  if (kernel?.expected === true) return [];
  return [
    problem(
      "kernel-incomplete",
      `an apply was interrupted while kernel-install copied ${release}, and /boot has no kernel and initrd of that release to copy now`,
      `${toMakeInitrd(state.initramfs, kernel ?? { release })}, or declare a kernel.release that is there`,
    ),
  ];
}
