import type { Diagnostic, HostState, Requirement } from "../model/index.ts";
import { shortAddress } from "../pci/address.ts";
import { describeDevice, inWords } from "../pci/describe.ts";
import { whyNoGroups } from "../pci/iommu-off.ts";
import type { Verdict } from "../pci/judge-groups.ts";
import { judgeIsolated, judgeSeparate } from "../pci/judge-groups.ts";
import type { NamedDevice } from "../pci/named-devices.ts";
import { resolveDevices } from "../pci/named-devices.ts";
import { whyUnreadable } from "../pci/unreadable.ts";
import { foresee } from "./next-groups.ts";
import type { Outlook } from "./outlook.ts";
import type { HostSpec, IOMMUGroups } from "../spec/host-spec.gen.ts";

export interface GroupsJudgement {
  readonly requirements: Requirement[];
  /** Also for devices that no requirement names: every selector of a spec must resolve. */
  readonly diagnostics: Diagnostic[];
}

/**
 * Judges what a spec asks of the IOMMU groups: by those of this boot, and, where the plan leads to another boot, by those
 * that are predicted for it. Beside the diagnostics of
 * {@link resolveDevices} there is `devices-same-slot`: a set that no grouping can separate.
 */
export function judgeGroups(spec: HostSpec, state: HostState, outlook: Outlook): GroupsJudgement {
  const wanted = spec.iommuGroups ?? {};
  const { pci, iommu } = state;
  if (!pci.known) {
    const verdict = unknownBecause(pci.why);
    return {
      requirements: requirementsOf(
        wanted,
        () => verdict,
        () => verdict,
      ),
      diagnostics: [],
    };
  }

  const { byName, diagnostics } = resolveDevices(spec.devices ?? {}, pci.value);
  const { cmdline } = state.running;
  const grouping = {
    groups: iommu.groups.known ? iommu.groups.value : [],
    devices: pci.value,
    ...(cmdline.known && { line: cmdline.value }),
  };
  const { after } = outlook;
  const then = { devices: pci.value, ...(after.known ? { line: after.value.options } : {}) };
  const verdictOnAll = verdictWithoutGroups(state);
  const judgeSet = (names: readonly string[]): Verdict => {
    const devices = names.flatMap((name) => byName.get(name) ?? []);
    if (devices.length < names.length) return unresolved(names.filter((name) => !byName.has(name)));
    const now = verdictOnAll ?? judgeSeparate(devices, grouping);
    return foresee(outlook, devices, now, (groups) => judgeSeparate(devices, { ...then, groups }));
  };
  const judgeOne = (name: string): Verdict => {
    const device = byName.get(name);
    if (device === undefined) return unresolved([name]);
    const now = verdictOnAll ?? judgeIsolated(device, grouping);
    const verdict = foresee(outlook, [device], now, (groups) => judgeIsolated(device, { ...then, groups }));
    return unlessUnreadable(device, verdict);
  };
  return {
    requirements: requirementsOf(wanted, judgeSet, judgeOne),
    diagnostics: [...diagnostics, ...sameSlotErrors(wanted, byName)],
  };
}

function requirementsOf(
  { separate = [], isolated = [] }: IOMMUGroups,
  judgeSet: (names: readonly string[]) => Verdict,
  judgeOne: (name: string) => Verdict,
): Requirement[] {
  return [
    ...separate.map((names, index) => ({ address: separateAddress(index), ...judgeSet(names) })),
    ...isolated.map((name) => ({ address: `iommuGroups.isolated.${name}`, ...judgeOne(name) })),
  ];
}

function separateAddress(index: number): string {
  return `iommuGroups.separate[${index}]`;
}

/** The same for every requirement, where there are no groups to judge by. */
function verdictWithoutGroups(state: HostState): Verdict | undefined {
  const { groups } = state.iommu;
  if (!groups.known) return unknownBecause(groups.why);
  if (groups.value.length > 0) return undefined;
  return { status: "unsatisfied", reason: whyNoGroups(state), offenders: [] };
}

/** Of a device that does not answer, nothing good can be said. */
function unlessUnreadable({ name, functions }: NamedDevice, verdict: Verdict): Verdict {
  const silent = functions.find((one) => whyUnreadable(one) !== undefined);
  if (silent === undefined || verdict.status === "unsatisfied") return verdict;
  return {
    ...verdict,
    status: "unknown",
    reason: `${name} is unreadable: ${describeDevice(silent)} ${whyUnreadable(silent) ?? ""}; ${verdict.reason}`,
  };
}

function unresolved(names: readonly string[]): Verdict {
  return unknownBecause(
    `the ${names.length === 1 ? "device" : "devices"} that ${inWords(names)} ${names.length === 1 ? "means is" : "mean are"} unknown`,
  );
}

function unknownBecause(reason: string): Verdict {
  return { status: "unknown", reason, offenders: [] };
}

/** Names that share a function can never be in different groups; those of one slot that share none can. */
function sameSlotErrors(
  { separate = [] }: IOMMUGroups,
  byName: ReadonlyMap<string, NamedDevice>,
): Diagnostic[] {
  return separate.flatMap((names, index) => {
    const devices = names.flatMap((name) => byName.get(name) ?? []);
    const slots = new Set(devices.map(({ slot }) => slot.address));
    return [...slots].flatMap((slot): Diagnostic[] => {
      const inSlot = devices.filter((device) => device.slot.address === slot);
      const same = inSlot.filter((one) => inSlot.some((other) => other !== one && overlap(one, other)));
      if (same.length < 2) return [];
      return [
        {
          severity: "error",
          code: "devices-same-slot",
          summary: `${inWords(same.map(({ name }) => name))} are to be separated but are the same device, ${shortAddress(slot)}`,
          hint: "correct one of the selectors under devices, or take the name out of the set",
          specPath: ["iommuGroups", "separate", index],
          address: separateAddress(index),
        },
      ];
    });
  });
}

function overlap(a: NamedDevice, b: NamedDevice): boolean {
  return a.functions.some((one) => b.functions.includes(one));
}
