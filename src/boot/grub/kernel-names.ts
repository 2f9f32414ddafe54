import type { KernelFact } from "../../model/index.ts";

/** What 10_linux calls a kernel in its entries and their ids: the release, or the package's name on Arch and its kin. */
export function nameOf({ name, release }: Pick<KernelFact, "name" | "release">): string {
  return name ?? release;
}

export function kernelCalled(kernels: readonly KernelFact[], name: string): KernelFact | undefined {
  return kernels.find((kernel) => nameOf(kernel) === name);
}

export function nameOfRelease(kernels: readonly KernelFact[], release: string): string {
  return kernels.find((kernel) => kernel.release === release)?.name ?? release;
}
