/** What the doctor looks at, in the order in which it is shown. */
export type DoctorSubject =
  | "processor"
  | "iommu"
  | "interrupts"
  | "graphics"
  | "loader"
  | "next-boot"
  | "initrds"
  | "secure-boot"
  | "acs-override"
  | "space"
  | "unfinished";

/**
 * `fail`: no device can be handed to a virtual machine, the host would not come up, or something that hostcfg was to do is
 * not done. `warn`: something to know or to do first. `unknown`: it could not be seen, and is never taken for a pass.
 */
export type DoctorVerdict = "pass" | "warn" | "fail" | "unknown";

export interface DoctorFinding {
  readonly subject: DoctorSubject;
  readonly verdict: DoctorVerdict;
  /** One clause. */
  readonly says: string;
  /** What it rests on, one clause each; left out where `says` is all. */
  readonly evidence?: readonly string[];
  /** What to do, in the imperative; one or several lines. */
  readonly remedy?: string;
  /** The remedy as a spec has it, where options of the kernel are the remedy. */
  readonly kernelOptions?: { readonly present?: readonly string[]; readonly absent?: readonly string[] };
}

/** What `doctor --json` prints: schemas/doctor-v1.json. */
export interface DoctorReport {
  readonly formatVersion: "1.0";
  /** The worst of the findings, unknown counting as worse than a warning. */
  readonly verdict: DoctorVerdict;
  readonly findings: readonly DoctorFinding[];
}
