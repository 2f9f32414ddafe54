import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePreset } from "../../../src/platform/mkinitcpio/preset.ts";
import type { PresetImage } from "../../../src/platform/mkinitcpio/preset.ts";

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-preset-"));
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

/** Sources the preset and says what mkinitcpio 41 reads of it, one image a line. */
const BY_BASH = `. "$0"
for p in "\${PRESETS[@]}"; do
  kver=\${p}_kver config=\${p}_config image=\${p}_image uki=\${p}_uki
  [[ ! -v "\${p}_uki" && -v "\${p}_efi_image" ]] && uki=\${p}_efi_image
  kernel=\${!kver:-$ALL_kver}
  [[ -n $kernel && ( -n \${!image} || -n \${!uki} ) ]] || continue
  declare -n own=\${p}_options
  options=
  if [[ "\${own@a}" == *a* ]]; then ((\${#own[@]})) && options=yes; elif [[ -n $own ]]; then options=yes; fi
  unset -n own
  printf '%s\\0' "$kernel" "\${!image}" "\${!uki}" "\${!config:-$ALL_config}" "$options"
done`;

function byBash(text: string): readonly PresetImage[] {
  const file = join(folder, "preset");
  fs.writeFileSync(file, text);
  const words = execFileSync("bash", ["-c", BY_BASH, file], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  })
    .toString()
    .split("\0")
    .slice(0, -1);
  const images: PresetImage[] = [];
  for (let at = 0; at < words.length; at += 5) {
    const [kernel = "", image = "", unified = "", settings = "", options = ""] = words.slice(at, at + 5);
    images.push({ kernel, image, unified, settings, hasOptions: options === "yes" });
  }
  return images;
}

const OF_ARCH = `# mkinitcpio preset file for the 'linux' package

ALL_config="/etc/mkinitcpio.conf"
ALL_kver="/boot/vmlinuz-linux"
ALL_microcode=(/boot/*-ucode.img)

PRESETS=('default' 'fallback')

#default_config="/etc/mkinitcpio.conf"
default_image="/boot/initramfs-linux.img"
#default_options=""

fallback_image="/boot/initramfs-linux-fallback.img"
fallback_options="-S autodetect"
`;

describe("a preset of mkinitcpio", () => {
  it.each([
    ["Arch's own of before 2025", OF_ARCH],
    ["a unified image beside", `${OF_ARCH}default_uki=/efi/EFI/Linux/a.efi\n`],
    ["the older name of that", `${OF_ARCH}default_efi_image='/efi/a b.efi' # old\n`],
    ["an empty one in its place", `${OF_ARCH}default_efi_image=/efi/a.efi\ndefault_uki=\n`],
    ["options as a list", `${OF_ARCH}default_options=(-A "a b" '-S' c)\n`],
    ["an empty list of options", `${OF_ARCH}default_options=( )\n`],
    ["another kernel", `${OF_ARCH}fallback_kver=6.1.0-x\n`],
    ["no kernel", OF_ARCH.replace("ALL_kver", "#ALL_kver")],
    ["only one of them", `${OF_ARCH}PRESETS=(fallback)\n`],
    ["none of them", `${OF_ARCH}PRESETS=()\n`],
    ["no PRESETS", "default_image=/boot/a.img\n"],
  ])("with %s has mkinitcpio make what bash says", (_what, text) => {
    expect(parsePreset(text)).toEqual(byBash(text));
  });

  it.each([
    ["an addition", 'default_options+=" -A x"'],
    ["a variable", 'default_image="/boot/$name.img"'],
    ["an escape", String.raw`default_image=/boot/a\ b.img`],
    ["a second command", "default_image=/boot/a.img; default_image=/boot/b.img"],
    ["a condition", "if true; then"],
    ["an export", "export default_image=/boot/b.img"],
    ["a list that goes on", "PRESETS=('default'"],
    ["names that a pattern finds", "PRESETS=(*)"],
    ["a text for the list", "PRESETS=default"],
    ["a list for a text", "default_image=(/boot/a.img)"],
    ["a text for a list of before", "fallback_options=(-S)"],
    ["a variable of mkinitcpio's own", "preset_image=/boot/a.img"],
    ["any other variable", "_optquiet=0"],
    ["a carriage return", "default_image=/boot/b.img\r"],
  ])("is not understood where it has %s, which it says by the line", (_what, line) => {
    const lines = OF_ARCH.split("\n").length;
    expect(parsePreset(`${OF_ARCH}${line}\n`)).toEqual({ notUnderstood: lines });
  });

  it("is understood as bash does, or not at all", () => {
    const name = fc.constantFrom(
      ...["PRESETS", "ALL_kver", "ALL_config", "default_image", "default_uki", "default_efi_image"],
      ...["default_options", "b_image", "b_options", "b_kver", "b_config", "ALL_microcode", "HOME"],
    );
    const value = fc.constantFrom(
      ...["", "x", '"a b"', "'c'", "''", "(", ")", " ", "  ", "default", "b", "'default'", "#", "#x", "\t"],
      ...["/boot/a.img", "$HOME", "`id`", "\\", '"', "'", ";", "+", "*", "~", "{a,b}", "&", "\n", "=", "é"],
    );
    const line = fc
      .tuple(
        name,
        fc.constantFrom("=", "=(", "+=", " =", "=''"),
        fc.array(value, { maxLength: 4 }),
        fc.constantFrom("", "", ")"),
      )
      .map(([one, sign, rest, end]) => `${one}${sign}${rest.join("")}${end}`);
    const usual = fc.constantFrom(
      ...[
        "PRESETS=(default b)",
        "PRESETS=(b)",
        "ALL_kver=/boot/k",
        "default_image=/boot/a",
        "b_image='/boot/b'",
      ],
      ...["default_options=()", "default_options=x", "b_options=(-S)", "b_uki=/u", "ALL_config=/c", "# x"],
    );
    let understood = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: usual }, line), { maxLength: 6 }), (lines) => {
        const text = lines.join("\n");
        const ours = parsePreset(text);
        if ("notUnderstood" in ours) return;
        understood += 1;
        expect(ours, text).toEqual(byBash(text));
      }),
      { numRuns: 120 },
    );
    expect(understood).toBeGreaterThan(30);
  });
});
