import { SETUP_BYTES, releaseInImage } from "../../archive/kernel-image.ts";
import { attempt } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { KernelFact } from "../../model/index.ts";

/**
 * The kernels, with what the image itself says where its name is no release with modules: `vmlinuz-6.1.0-26-amd64.bak`
 * starts 6.1.0-26-amd64. The header of the image tells, or an image with the same bytes.
 */
export function withReleasesInImages(reader: Reader, kernels: readonly KernelFact[]): KernelFact[] {
  return kernels.map((kernel) => {
    const { image, modules, release } = kernel;
    if (image === undefined || image.size === 0 || modules) return kernel;
    const head = attempt(image.path, () => reader.head(image.path, SETUP_BYTES));
    const inImage = (head.known ? releaseInImage(head.value) : undefined) ?? sameAs(reader, kernel, kernels);
    return inImage === undefined || inImage === release ? kernel : { ...kernel, inImage };
  });
}

/** The release with modules whose image has the same bytes. */
function sameAs(
  reader: Reader,
  { image, release }: KernelFact,
  kernels: readonly KernelFact[],
): string | undefined {
  const alike = kernels.filter(
    (one) => one.modules && one.image?.size === image?.size && release.startsWith(one.release),
  );
  const digest = (path: string): string | undefined => {
    const found = attempt(path, () => reader.digest(path));
    return found.known ? found.value.sha256 : undefined;
  };
  if (alike.length === 0 || image === undefined) return undefined;
  const its = digest(image.path);
  return alike.find((one) => its !== undefined && digest(one.image?.path ?? "") === its)?.release;
}
