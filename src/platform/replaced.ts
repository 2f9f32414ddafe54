import type { KernelFact, KernelOfPackage } from "../model/index.ts";

/**
 * The kernel that a package takes the place of, where kernels are called by a name: pacman's hooks remove its image and its
 * initrd before the new ones are there, and its modules go.
 */
export function replacedBy(
  kernels: readonly KernelFact[],
  kernel: KernelOfPackage | undefined,
): KernelFact | undefined {
  if (typeof kernel !== "object" || kernel.name === undefined) return undefined;
  const called = kernels.filter(({ name }) => name === kernel.name);
  const old = called.find(({ image }) => image !== undefined) ?? called.find(({ modules }) => modules);
  return old?.release === kernel.release ? undefined : old;
}

/** The whole kernels that none of these packages takes the place of. */
export function kernelsThatStay(
  kernels: readonly KernelFact[],
  installing: readonly { readonly kernel?: KernelOfPackage | undefined }[],
): readonly KernelFact[] {
  const gone = installing.map(({ kernel }) => replacedBy(kernels, kernel)?.name);
  return kernels.filter(
    ({ name, image, initrd, modules }) =>
      modules &&
      (image?.size ?? 0) > 0 &&
      (initrd?.size ?? 0) > 0 &&
      (name === undefined || !gone.includes(name)),
  );
}
