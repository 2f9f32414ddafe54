import { describe, expect, it } from "vitest";
import { patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const HOST = capture;
const MENU = "/boot/grub/grub.cfg";
const SETTINGS = "/etc/default/grub";
const SPEC = { kernelOptions: { present: ["iommu=pt"] } };
const menu = HOST.paths[MENU]?.text ?? "";
const settings = HOST.paths[SETTINGS]?.text ?? "";

/** Opened and closed so often, with the recorded entries inside of it, or in front. */
const submenus = (count: number, inside: string): string =>
  `${"submenu 'x' --id x {\n".repeat(count)}${inside}${"}\n".repeat(count)}`;
const conditions = (count: number, inside: string): string =>
  `${"if true; then\n".repeat(count)}${inside}${"fi\n".repeat(count)}`;
const doubling = (name: string, times: number): string =>
  `A=0123456789\n${'A="$A$A"\n'.repeat(times)}${name}="$A"\n`;

describe("a menu or settings file that is made to cost without end", () => {
  it.each<[string, Record<string, string>]>([
    ["5,000 submenus, one in the other", { [MENU]: menu + submenus(5_000, "") }],
    ["5,000 submenus around all entries", { [MENU]: submenus(5_000, menu) }],
    ["100,000 submenus around all entries", { [MENU]: submenus(100_000, menu) }],
    ["submenus that nobody closes", { [MENU]: menu + "submenu 'x' {\n".repeat(50_000) }],
    ["5,000 conditions, one in the other", { [MENU]: conditions(5_000, menu) }],
    [
      "20,000 words that begin a command, on one line",
      { [MENU]: `${menu}if true; ${"then ".repeat(20_000)}\nfi\n` },
    ],
    ["20,000 branches on one line", { [MENU]: `${menu}if false; ${"else ".repeat(20_000)}\nfi\n` }],
    ["10,000 commands on one line", { [MENU]: `${menu}${"a;".repeat(10_000)}\n` }],
    [
      "20,000 words that begin a command of the settings, on one line",
      { [SETTINGS]: `${settings}if true; ${"then ".repeat(20_000)}\nfi\n` },
    ],
    ["10,000 commands of the settings on one line", { [SETTINGS]: `${settings}${"a;".repeat(10_000)}\n` }],
    ["10,000 lines of settings", { [SETTINGS]: `${settings}${"A=$A\n".repeat(10_000)}` }],
    ["100,000 opened brackets", { [MENU]: menu + "{".repeat(100_000) }],
    ["a variable doubled 60 times", { [SETTINGS]: settings + doubling("GRUB_CMDLINE_LINUX", 60) }],
    ["a title doubled 60 times", { [SETTINGS]: settings + doubling("GRUB_DEFAULT", 60) }],
    [
      "a name of the distributor doubled 60 times",
      { [SETTINGS]: settings + doubling("GRUB_DISTRIBUTOR", 60) },
    ],
    ["conditions in the settings, 5,000 deep", { [SETTINGS]: settings + conditions(5_000, "A=1\n") }],
    [
      "substitutions in the settings, 5,000 deep",
      { [SETTINGS]: `${settings}A=${"$(".repeat(5_000)}${")".repeat(5_000)}\n` },
    ],
    [
      "braces in the settings, 5,000 deep",
      { [SETTINGS]: `${settings}A="${"${B:-".repeat(5_000)}${"}".repeat(5_000)}"\n` },
    ],
    [
      "a variable doubled 60 times in the menu",
      { [MENU]: `${doubling("default", 60).replaceAll(/^(?=\w+=)/gm, "set ")}${menu}` },
    ],
  ])(
    "is read to an answer: %s",
    async (_what, files) => {
      const started = performance.now();
      const plan = await planOf(patched(HOST, files), SPEC);
      expect(typeof plan.applyable).toBe("boolean");
      expect(performance.now() - started).toBeLessThan(5_000);
    },
    20_000,
  );
});
