import { randomUUID } from "node:crypto";
import { chmodSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Capture } from "../../../src/host/capture.ts";
import { materialise } from "../../support/materialise.ts";
import { afterReboot, recordedHost } from "../../support/recorded-hosts.ts";

/** What the tests take from a kernel that cannot run here; the rest of /proc is that of the machine's own. */
const RECORDED = [
  "/proc/cmdline",
  "/proc/cpuinfo",
  "/proc/sys/kernel/osrelease",
  "/proc/sys/kernel/random/boot_id",
  "/sys",
];

/** What a loader starts. */
export interface Started {
  readonly release: string;
  /** Without a line break. */
  readonly cmdline: string;
  /** What its kernel showed when it was really booted; without it, what the recorded host's would. */
  readonly shown?: Pick<Capture, "paths">;
}

/**
 * Writes to `folder` what the recorded host's kernel shows in /proc and /sys. With `started`, what it shows when
 * that was started: the recorded groups after the reboot belong to the patched kernel with its option.
 */
export function writeLive(folder: string, started?: Started): void {
  materialise(kernelFacts(started?.shown ?? recordedHost("pop-x570").capture), folder);
  if (started === undefined || started.shown !== undefined) return;
  if (started.release.endsWith("-acso") && started.cmdline.includes("pcie_acs_override=")) {
    materialise(kernelFacts(afterReboot()), folder);
  }
  // GRUB 2.06 knows nothing of the Boot Loader Interface, so its boots show none of these variables.
  if (started.cmdline.startsWith("BOOT_IMAGE=")) {
    const variables = join(folder, "sys/firmware/efi/efivars");
    for (const name of readdirSync(variables)) if (/^(Loader|Stub)/.test(name)) rmSync(join(variables, name));
  }
  write(folder, "/proc/cmdline", started.cmdline);
  write(folder, "/proc/sys/kernel/osrelease", started.release);
  write(folder, "/proc/sys/kernel/random/boot_id", randomUUID());
}

function kernelFacts({ paths }: Pick<Capture, "paths">): Pick<Capture, "paths"> {
  const recorded = ([path]: [string, unknown]): boolean =>
    RECORDED.some((wanted) => path === wanted || path.startsWith(`${wanted}/`));
  return { paths: Object.fromEntries(Object.entries(paths).filter(recorded)) };
}

function write(folder: string, path: string, line: string): void {
  chmodSync(join(folder, path), 0o644);
  writeFileSync(join(folder, path), `${line}\n`);
}
