import { splitLine } from "../../src/cmdline.ts";
import type { Program } from "./program.ts";
import { succeeded, untaught } from "./program.ts";

/**
 * dmesg(1), of what a kernel says of its options: with the ACS override patch, as System.map shows, that overrides are
 * enabled; without it, since Linux 5.14, that it does not know the option. Both as measured on real kernels.
 */
export const dmesg: Program = (args, { root }) => {
  if (args.length > 0) throw untaught("dmesg", args);
  const release = root.text("/proc/sys/kernel/osrelease").trim();
  const line = root.text("/proc/cmdline").trim();
  const option = splitLine(line).find((spelling) => spelling.startsWith("pcie_acs_override="));
  const map = `/boot/System.map-${release}`;
  const patched = root.exists(map) && root.text(map).includes("pcie_acs_override_setup");
  return succeeded(
    [
      `Linux version ${release} (gcc) #1 SMP`,
      `Command line: ${line}`,
      ...(option !== undefined && patched
        ? ["Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA"]
        : []),
      ...(option !== undefined && !patched
        ? [`Unknown kernel command line parameters "${option}", will be passed to user space.`]
        : []),
    ]
      .map((text) => `[    0.000000] ${text}\n`)
      .join(""),
  );
};
