import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DRIVES, decide } from "../../../src/boot/detect/decide.ts";
import type { Starter } from "../../../src/boot/detect/live.ts";
import type { BootLoaderName } from "../../../src/model/index.ts";

const LOADERS: readonly BootLoaderName[] = ["kernelstub", "proxmox", "systemd-boot", "grub"];
const STARTERS = Object.keys(DRIVES) as Starter[];

function detected(starter: Starter | undefined, installed: readonly BootLoaderName[]): string {
  const { detected: fact, candidates } = decide(
    { evidence: [], ...(starter === undefined ? {} : { starter }) },
    installed,
  );
  if (fact.known) return fact.value;
  return candidates === undefined ? "none" : candidates.join(" or ");
}

describe("which loader starts a host", () => {
  it.each<[Starter | undefined, BootLoaderName[], string]>([
    // This boot says it, whatever else is installed.
    ["grub", ["grub"], "grub"],
    ["grub", ["grub", "systemd-boot"], "grub"],
    ["systemd-boot", ["systemd-boot", "grub"], "systemd-boot"],
    ["systemd-boot", ["kernelstub", "grub"], "kernelstub"],
    ["systemd-boot", ["proxmox", "grub"], "proxmox"],
    ["efi-stub", ["kernelstub"], "kernelstub"],
    // A distribution's tool writes the entries where there is one.
    ["systemd-boot", ["kernelstub", "systemd-boot"], "kernelstub"],
    ["systemd-boot", ["proxmox", "systemd-boot"], "proxmox"],
    // Two tools: nothing shows which.
    ["systemd-boot", ["kernelstub", "proxmox"], "kernelstub or proxmox"],
    // This boot says nothing: what is installed, if that is one thing.
    [undefined, ["grub"], "grub"],
    [undefined, ["kernelstub"], "kernelstub"],
    [undefined, ["systemd-boot"], "systemd-boot"],
    [undefined, ["proxmox", "grub"], "proxmox"],
    [undefined, ["systemd-boot", "grub"], "systemd-boot or grub"],
    [undefined, ["kernelstub", "grub"], "kernelstub or grub"],
    [undefined, [], "none"],
    // It says something whose files are not there.
    ["grub", [], "none"],
    ["systemd-boot", ["grub"], "none"],
    ["refind", ["grub", "systemd-boot"], "none"],
  ])("started by %s, with the files of %j: %s", (starter, installed, expected) => {
    expect(detected(starter, installed)).toBe(expected);
  });

  it("is unknown where this boot has traces of two, with both as candidates", () => {
    const { detected: fact, candidates } = decide({ evidence: [], contradicting: ["grub", "systemd-boot"] }, [
      "grub",
      "systemd-boot",
    ]);
    expect([fact.known, candidates]).toEqual([false, ["grub", "systemd-boot"]]);
  });

  it("is never one whose files are not there, and never one of several that could be meant", () => {
    const live = fc.record({
      evidence: fc.constant([]),
      starter: fc.constantFrom(...STARTERS),
    });
    fc.assert(
      fc.property(live, fc.subarray([...LOADERS]), fc.boolean(), (traces, installed, silent) => {
        const { detected: fact, candidates } = decide(silent ? { evidence: [] } : traces, installed);
        if (candidates !== undefined && candidates.length < 2) return false;
        if (!fact.known) return fact.why !== "";
        if (candidates !== undefined || !installed.includes(fact.value)) return false;
        return silent || DRIVES[traces.starter].includes(fact.value);
      }),
    );
  });
});
