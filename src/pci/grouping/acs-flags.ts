import type { AcsFlag } from "../../model/index.ts";

/** The flags of ACS (PCI Express Base Specification, 7.7.8) that isolation needs: `REQ_ACS_FLAGS` of the kernel. */
const REQUIRED: readonly (readonly [bit: number, flag: AcsFlag])[] = [
  [0x01, "SrcValid"],
  [0x04, "ReqRedir"],
  [0x08, "CmpltRedir"],
  [0x10, "UpstreamFwd"],
];

export const SOURCE_VALIDATION = 0x01;
export const REQUIRED_BITS = 0x1d;
/** Request redirect, completion redirect, egress control: what `pci=disable_acs_redir=` clears. */
export const REDIRECT_BITS = 0x2c;
/** All that the control word has. */
export const ALL_BITS = 0x7f;

/** A bit that the capability does not have counts as hard-wired on (pci_acs_flags_enabled in drivers/pci/pci.c). */
export function missingFlags(capability: number, control: number): readonly AcsFlag[] {
  const off = REQUIRED_BITS & capability & ~control;
  return REQUIRED.filter(([bit]) => (off & bit) !== 0).map(([, flag]) => flag);
}
