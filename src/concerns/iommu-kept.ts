import type { LateConcern } from "./concern.ts";

/** Says where the IOMMU works now and the kernel that boots next would leave it off, or may, whatever the options say. */
export const iommuKept: LateConcern = ({ state, outlook: { next } }) => {
  const { groups } = state.iommu;
  if (!groups.known || groups.value.length === 0 || !next.known) return {};
  const { byKernel, state: then, why, remedy, doubt } = next.value.prediction.iommu;
  if (byKernel !== true) return {};
  const summary =
    then === "off"
      ? `this boot uses the IOMMU, and the next one will not: ${why}`
      : `this boot uses the IOMMU, and whether the next one will is not certain: ${doubt ?? why}`;
  const hint =
    then === "off"
      ? ["stay with this kernel", ...(remedy === undefined ? [] : [remedy])].join(", or ")
      : "as root the DMAR table can be read; kernel.release says which kernel boots";
  return { diagnostics: [{ severity: "warning", code: "iommu-lost", summary, hint }] };
};
