import { freeableKernels, room, sizeOf } from "../boot/space.ts";
import type { KernelFact } from "../model/index.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";

/**
 * Whether /boot has room for what the packages bring, which no package tool asks: a full /boot leaves a kernel
 * without its initrd, and the loader's menu with an entry that panics.
 */
export function space({ spec, state, kernels }: ConcernInput): ConcernResult {
  const coming = kernels.filter(({ expected }) => expected === true);
  const bytes = coming.reduce((sum, { release }) => sum + bytesOf(kernels, release), 0);
  const kept = [
    ...(spec.kernel?.release === undefined ? [] : [spec.kernel.release]),
    ...newest(state.kernels),
  ];
  const what = `the kernel${coming.length > 1 ? "s" : ""} ${coming.map(({ release }) => release).join(", ")} with ${coming.length > 1 ? "their initrds" : "its initrd"}`;
  const demand = {
    code: "boot-space",
    where: "/boot",
    free: state.bootFreeBytes,
    bytes,
    what,
    guessed: true,
  } as const;
  return { diagnostics: room(demand, freeableKernels(state, kept)).diagnostics };
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
