import { randomUUID } from "node:crypto";
import { chmodSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { splitLine } from "../../../src/cmdline.ts";
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

/** The program that shows a kernel's log, as it would of this boot; machine.sh lays it over the real one. */
function writeLog(folder: string, { release, cmdline }: Started): void {
  const option = splitLine(cmdline).find((spelling) => spelling.startsWith("pcie_acs_override="));
  const verdict = release.endsWith("-acso")
    ? "Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA"
    : `Unknown kernel command line parameters "${option ?? ""}", will be passed to user space.`;
  const lines = [`Linux version ${release} (gcc) #1 SMP`, ...(option === undefined ? [] : [verdict])];
  const text = lines.map((line) => `[    0.000000] ${line}\n`).join("");
  writeFileSync(join(folder, "dmesg"), `#!/bin/sh\ncat <<'END'\n${text}END\n`, { mode: 0o755 });
}

/** The names in a kernel, as far as hostcfg looks for them; those of the machine around would tell of that. */
function writeSymbols(folder: string, { release }: Started): void {
  const names = ["_text", "pci_acs_enabled", ...(release.endsWith("-acso") ? ["pcie_acs_overrides"] : [])];
  writeFileSync(join(folder, "proc/kallsyms"), names.map((name) => `0000000000000000 T ${name}\n`).join(""));
}

/** What a loader starts. */
export interface Started {
  readonly release: string;
  /** Without a line break. */
  readonly cmdline: string;
  /** What the loader says of itself; without it, what the recorded host's does. */
  readonly loaderInfo?: string;
  /** What its kernel showed when it was really booted; without it, what the recorded host's would. */
  readonly shown?: Pick<Capture, "paths">;
}

/**
 * Writes to `folder` what the recorded host's kernel shows in /proc and /sys. With `started`, what it shows when
 * that was started: the recorded groups after the reboot belong to the patched kernel with its option.
 */
export function writeLive(folder: string, started?: Started): void {
  const { capture } = recordedHost("pop-x570");
  materialise(kernelFacts(started?.shown ?? capture), folder);
  const recorded = (path: string): string => capture.paths[path]?.text?.trim() ?? "";
  const runs = started ?? {
    release: recorded("/proc/sys/kernel/osrelease"),
    cmdline: recorded("/proc/cmdline"),
  };
  writeLog(folder, runs);
  writeSymbols(folder, runs);
  if (started === undefined || started.shown !== undefined) return;
  if (started.release.endsWith("-acso") && started.cmdline.includes("pcie_acs_override=")) {
    materialise(kernelFacts(afterReboot()), folder);
  }
  // GRUB 2.06 knows nothing of the Boot Loader Interface, so its boots show none of these variables.
  if (started.cmdline.startsWith("BOOT_IMAGE=")) {
    const variables = join(folder, "sys/firmware/efi/efivars");
    for (const name of readdirSync(variables)) if (/^(Loader|Stub)/.test(name)) rmSync(join(variables, name));
  }
  const { loaderInfo } = started;
  if (loaderInfo !== undefined) {
    const variable = join(folder, "sys/firmware/efi/efivars", LOADER_INFO);
    rmSync(variable, { force: true });
    writeFileSync(variable, Buffer.from(`\x07\0${loaderInfo}\0`, "utf16le"));
  }
  write(folder, "/proc/cmdline", started.cmdline);
  write(folder, "/proc/sys/kernel/osrelease", started.release);
  write(folder, "/proc/sys/kernel/random/boot_id", randomUUID());
}

export const LOADER_INFO = "LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

function kernelFacts({ paths }: Pick<Capture, "paths">): Pick<Capture, "paths"> {
  const recorded = ([path]: [string, unknown]): boolean =>
    RECORDED.some((wanted) => path === wanted || path.startsWith(`${wanted}/`));
  return { paths: Object.fromEntries(Object.entries(paths).filter(recorded)) };
}

function write(folder: string, path: string, line: string): void {
  chmodSync(join(folder, path), 0o644);
  writeFileSync(join(folder, path), `${line}\n`);
}
