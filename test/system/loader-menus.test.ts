import { describe, expect, it } from "vitest";
import { MENUS as LOADER_MENUS } from "../boot/bls/real-menus.ts";
import { MENUS as GRUB_MENUS } from "../boot/grub/real-menus.ts";
import { askGrub } from "./rig/ask-grub.ts";
import { askSystemdBoot } from "./rig/ask-systemd-boot.ts";

/** MENUS=all asks each one. A part is enough to see that loader, firmware and rig are still what they were. */
function some<T>(menus: readonly T[], each: number): readonly T[] {
  return menus.filter((_, index) => process.env["MENUS"] === "all" || index % each === 0);
}

/** On busy cores; two quiet ones take a tenth. */
const TIMEOUT = 900_000;

// Each QEMU takes one core, so together they keep all busy.

describe.concurrent.each([
  ["252", "bookworm"],
  ["257", "trixie"],
] as const)("systemd-boot %s under OVMF", (version, suite) => {
  it(
    "shows and starts what is recorded of it",
    async () => {
      // Debian 12 has no program that writes EFI variables into the firmware's own file.
      const menus = some(
        LOADER_MENUS.filter(({ variables }) => variables === undefined),
        8,
      );
      const answers = await askSystemdBoot(suite, menus);
      const told = menus.map(({ what }, index) => [what, answers[index]]);
      expect(told).toEqual(menus.map((menu) => [menu.what, menu.answers[version]]));
    },
    TIMEOUT,
  );
});

describe.concurrent.each([
  ["2.06", "bookworm"],
  ["2.12", "trixie"],
] as const)("GRUB %s under OVMF", (version, suite) => {
  it(
    "carries out what is recorded of it",
    async () => {
      const menus = some(
        GRUB_MENUS.filter(({ answers }) => answers[version] !== undefined),
        5,
      );
      const answers = await askGrub(suite, menus);
      const told = menus.map(({ what }, index) => [what, answers[index]]);
      expect(told).toEqual(menus.map((menu) => [menu.what, menu.answers[version]]));
    },
    TIMEOUT,
  );
});
