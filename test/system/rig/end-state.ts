import { expect } from "vitest";
import { hostcfg } from "./hostcfg.ts";
import { playBoot } from "./loader.ts";
import type { Machine } from "./machine.ts";
import { manifestOf } from "./manifest.ts";

/** Expects all that the note's spec asks for, however often an apply was needed. */
export async function expectEndState(machine: Machine): Promise<void> {
  const { release, cmdline } = playBoot(machine);
  expect(release).toBe("5.3.0-acso");
  expect(cmdline).toContain(" amd_iommu=on pcie_acs_override=downstream");
  expect(await machine.must("readlink", "/boot/vmlinuz", "/boot/initrd.img")).toBe(
    "vmlinuz-5.3.0-acso\ninitrd.img-5.3.0-acso\n",
  );
  expect(await machine.must("dpkg", "--audit")).toBe("");
  expect((await hostcfg(machine, "plan")).stdout).toContain("No changes to make.");
  expect(leftovers(machine)).toEqual([]);
}

/** What hostcfg and dpkg make on the way and must not leave: temporary names, copied packages, half-written files. */
function leftovers(machine: Machine): readonly string[] {
  return [...manifestOf(machine).keys()].filter(
    (path) =>
      /\/\.[^/]*\.hostcfg-[0-9a-f]+$|\.dpkg-(?:new|tmp)$|\/boot\/.*\.new$/.test(path) ||
      /^\/var\/lib\/hostcfg\/.*\.deb$/.test(path),
  );
}
