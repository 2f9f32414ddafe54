import { describe, expect, it } from "vitest";
import { MENUS } from "../boot/bls/real-menus.ts";
import { askSystemdBoot } from "./rig/ask-systemd-boot.ts";

/** Those with EFI variables are left out: Debian 12 has no program that writes them into the firmware's own file. */
const LOADER_MENUS = MENUS.filter(({ variables }) => variables === undefined);

// QEMU takes one core, so two are busy with two versions.
describe.concurrent.each([
  ["252", "bookworm"],
  ["257", "trixie"],
] as const)("systemd-boot %s under OVMF", (version, suite) => {
  it("shows and starts what is recorded of it", async () => {
    const answers = await askSystemdBoot(suite, LOADER_MENUS);
    const told = LOADER_MENUS.map(({ what }, index) => [what, answers[index]]);
    expect(told).toEqual(LOADER_MENUS.map((menu) => [menu.what, menu.answers[version]]));
  });
});
