import { expect } from "vitest";
import { hostcfg } from "./hostcfg.ts";
import { playBoot } from "./loader.ts";
import type { Machine } from "./machine.ts";

/** What hostcfg and dpkg make on their way and must not leave: temporary names, copies of packages, unfinished files. */
const LEFTOVERS = [
  ...["(", "-name", ".*.hostcfg-*"],
  ...["-o", "-name", "*.dpkg-new", "-o", "-name", "*.dpkg-tmp"],
  ...["-o", "-path", "/boot/*.new", "-o", "-path", "/var/lib/hostcfg/*.deb", ")"],
];

/** Expects all that the note's spec asks for, however often an apply was needed. */
export async function expectEndState(machine: Machine): Promise<void> {
  const { release, cmdline } = playBoot(machine);
  expect(release).toBe("5.3.0-acso");
  expect(cmdline).toContain(" amd_iommu=on pcie_acs_override=downstream");
  expect(await machine.must("readlink", "/boot/vmlinuz", "/boot/initrd.img")).toBe(
    "vmlinuz-5.3.0-acso\ninitrd.img-5.3.0-acso\n",
  );
  expect(await machine.must("dpkg", "--audit")).toBe("");
  expect((await hostcfg(machine, "plan")).stdout).toContain("No changes. The next boot matches the spec.");
  expect(await machine.must("find", "/", "/boot/efi", "-xdev", ...LEFTOVERS)).toBe("");
}
