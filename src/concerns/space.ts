import { bootsNext } from "../boot/check.ts";
import { chooseLoader } from "../boot/choose.ts";
import { nextRelease } from "../boot/menu.ts";
import { freeableKernels, room, roomToMake, sizeOf } from "../boot/space.ts";
import type { DebFact, KernelFact } from "../model/index.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";

/**
 * Whether there is room for what the packages bring, which no package tool asks: a full /boot or /var/tmp leaves a kernel
 * without its initrd, and the loader's menu with an entry that panics.
 */
export function space({ spec, state, debs, installing, kernels }: ConcernInput): ConcernResult {
  const coming = kernels.filter(({ expected }) => expected === true);
  const bytes = coming.reduce((sum, { release }) => sum + bytesOf(kernels, release), 0);
  const next = nextRelease(bootsNext(state, chooseLoader(state.bootLoader, spec.bootLoader)));
  const named = [spec.kernel?.release, next].filter((release) => release !== undefined);
  const kept = [...named, ...newest(state.kernels)];
  const what = `the kernel${coming.length > 1 ? "s" : ""} ${coming.map(({ release }) => release).join(", ")} with ${coming.length > 1 ? "their initrds" : "its initrd"}`;
  const demand = {
    code: "boot-space",
    where: "/boot",
    free: state.free.boot,
    bytes,
    what,
    guessed: true,
  } as const;
  const unpacked = {
    code: "disk-space",
    where: "/usr",
    free: state.free.usr,
    bytes: debs.reduce((sum, deb) => sum + unpackedSize(deb, installing), 0),
    what: `${installing.join(", ")}, unpacked,`,
    guessed: false,
  } as const;
  const freeable = freeableKernels(state, kept);
  return {
    diagnostics: [
      ...room(demand, freeable, state.initramfs).diagnostics,
      ...room(unpacked, freeable, state.initramfs).diagnostics,
      ...(coming.length === 0 ? [] : roomToMake(state, kernels)),
    ],
  };
}

/** A new build of an installed package stands beside the old one until it is whole. */
function unpackedSize({ control }: DebFact, installing: readonly string[]): number {
  return control.known && installing.includes(control.value.package)
    ? (control.value.installedSize ?? 0) * 1024
    : 0;
}

function bytesOf(kernels: readonly KernelFact[], release: string): number {
  return sizeOf(kernels, release, "image") + sizeOf(kernels, release, "initrd");
}

/** The newest kernel that is there stays as the way back. */
function newest(kernels: ConcernInput["state"]["kernels"]): string[] {
  const first = kernels.known
    ? kernels.value.find(({ image, initrd }) => image !== undefined && initrd !== undefined)
    : undefined;
  return first === undefined ? [] : [first.release];
}
