import { posix } from "node:path";
import type { DeviceLockFile, Diagnostic } from "../model/index.ts";
import { compareWithLock, withLastPlaces } from "../pci/compare-lock.ts";
import type { Lock } from "../pci/compare-lock.ts";
import { resolveDevices } from "../pci/named-devices.ts";
import type { Concern, ConcernInput } from "./concern.ts";

/** Holds what the names under `devices` mean now against what they meant when the spec was applied last. */
export const deviceLock: Concern = ({ spec, state, lock }) => {
  if (lock === undefined || spec.devices === undefined) return {};
  if (!lock.content.known) return { diagnostics: [unreadable(lock, lock.content.why)] };
  if (!state.pci.known) return {};
  const { byName } = resolveDevices(spec.devices, state.pci.value);
  const devices = lock.content.value.devices;
  return {
    diagnostics: compareWithLock(
      { file: nameOf(lock), devices },
      byName.values(),
      spec.devices,
      state.pci.value,
    ),
  };
};

/** The diagnostics about the names under `devices`, with what the lock knows of those that are not there. */
export function withLocked(
  diagnostics: readonly Diagnostic[],
  { lock, state }: Pick<ConcernInput, "lock" | "state">,
): readonly Diagnostic[] {
  if (lock?.content.known !== true || !state.pci.known) return diagnostics;
  const known: Lock = { file: nameOf(lock), devices: lock.content.value.devices };
  return withLastPlaces(diagnostics, known, state.pci.value);
}

function unreadable(lock: DeviceLockFile, why: string): Diagnostic {
  return {
    severity: "error",
    code: "lock-unreadable",
    summary: `the lock file ${nameOf(lock)} cannot be used: ${why}`,
    detail: `It records which card each name under devices meant, in ${lock.path}.`,
    hint: "restore it from version control; or look whether each name still means the right card, remove the file, and apply: that writes a new one",
    specPath: ["devices"],
  };
}

function nameOf({ path }: DeviceLockFile): string {
  return posix.basename(path);
}
