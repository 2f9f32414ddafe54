/** What is known of an option that is written in good faith and does not do what its name says. */
export interface Trap {
  readonly summary: string;
  readonly hint: string;
}

/** What of a machine decides whether an option is of use there; what is not known is left out. */
export interface TrapMachine {
  /** Whose IOMMU it has, or would have. */
  readonly iommu?: "intel" | "amd" | "other" | undefined;
  /** What makes its initrds. */
  readonly initramfs?: string;
}

export const LEAVE_OUT = "leave it out";
