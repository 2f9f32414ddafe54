import { describe, expect, it } from "vitest";
import { menuOf } from "../../../src/boot/check.ts";
import { checkBoot } from "../../../src/plan/check.ts";
import { defaultEntry } from "../../../src/boot/grub/default-entry.ts";
import { parseMenu, wholeMenu } from "../../../src/boot/grub/menu-text.ts";
import { known } from "../../../src/facts/fact.ts";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import type { Plan } from "../../../src/model/index.ts";
import { probe } from "../../../src/plan/probe.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const [MENU, CUSTOM, SETTINGS] = ["/boot/grub/grub.cfg", "/boot/grub/custom.cfg", "/etc/default/grub"];
const UUID = "c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77";
const [OLD, NEW] = ["6.1.0-25-amd64", "6.1.0-26-amd64"];
const OPTIONS = { kernelOptions: { present: ["intel_iommu=on"] } };
const MENU_TEXT = capture.paths[MENU]?.text ?? "";
const SETTINGS_TEXT = capture.paths[SETTINGS]?.text ?? "";

/** The recorded menu with text of a script of /etc/grub.d before 10_linux or behind all. */
function withScript(text: string, where: "before" | "behind" = "behind"): string {
  const name = where === "before" ? "06_mine" : "45_mine";
  const block = `### BEGIN /etc/grub.d/${name} ###\n${text}\n### END /etc/grub.d/${name} ###\n`;
  return where === "behind"
    ? MENU_TEXT + block
    : MENU_TEXT.replace("### BEGIN /etc/grub.d/10_linux ###\n", (mark) => block + mark);
}

const WINDOWS = `menuentry 'Windows' $menuentry_id_option 'osprober-efi-AAAA-BBBB' {
	search --no-floppy --fs-uuid --set=root AAAA-BBBB
	chainloader /EFI/Microsoft/Boot/bootmgfw.efi
}`;
const OTHER_DEBIAN = `menuentry 'Debian (on /dev/sdb2)' $menuentry_id_option 'osprober-gnulinux-simple-0815' {
	search --no-floppy --fs-uuid --set=root 0815
	linux /boot/vmlinuz-${NEW} root=/dev/sdb2
	initrd /boot/initrd.img-${NEW}
}`;
const RESCUE = `menuentry 'Rescue image' --id my-rescue {
	linux	/boot/rescue/vmlinuz boot=live toram
	initrd	/boot/rescue/initrd
}
`;

async function checked(patch: Patch) {
  const reader = new LinkReader(new CaptureTree(patched(capture, patch)));
  const state = await probe(reader, { apiVersion: "hostcfg/v1" });
  return { menu: menuOf(state, known("grub")), boot: await checkBoot({ reader, state }) };
}

function next({ nextBoot }: Plan, when: "before" | "after"): unknown {
  const boot = nextBoot[when];
  if (!boot.known) return boot.why;
  return boot.value.release.known ? boot.value.release.value : boot.value.kernel;
}

describe("custom.cfg", () => {
  const AS_DEFAULT = {
    [MENU]: MENU_TEXT.replace('set default="0"', 'set default="my-rescue"'),
    [SETTINGS]: SETTINGS_TEXT.replace("GRUB_DEFAULT=0", "GRUB_DEFAULT=my-rescue"),
    [CUSTOM]: RESCUE,
  };

  it("is a part of the menu: its entry may be the default, before and after a plan", async () => {
    const plan = await planOf(patched(capture, AS_DEFAULT), OPTIONS);
    expect([next(plan, "before"), next(plan, "after")]).toEqual([
      "/boot/rescue/vmlinuz",
      "/boot/rescue/vmlinuz",
    ]);
    expect(codes(plan, "error")).toEqual([]);
    expect(codes(plan, "warning")).toContain("options-not-next");
  });

  it("is never called broken for what is not of this system", async () => {
    const { boot } = await checked(AS_DEFAULT);
    expect(boot.verdict).toBe("unknown");
  });

  it("may set the default itself, and wins over GRUB_DEFAULT", async () => {
    const host = patched(capture, { [CUSTOM]: `${RESCUE}set default=my-rescue\n` });
    const plan = await planOf(host, { kernel: { release: OLD } });
    expect(next(plan, "before")).toBe("/boot/rescue/vmlinuz");
    expect(codes(plan, "error")).toContain("release-not-next");
  });

  // As GRUB 2.06 itself did with these two files under OVMF.
  it("sets the default before a script that comes behind it does", async () => {
    const menu = withScript('if [ "${recordfail}" = 1 ]; then set default="1>2"; else set default="1>3"; fi');
    const host = patched(capture, { [MENU]: menu, [CUSTOM]: `${RESCUE}set default=my-rescue\n` });
    const { nextBoot } = await planOf(host, {});
    expect(nextBoot.before).toMatchObject({
      value: { release: { value: OLD }, options: `root=UUID=${UUID} ro single` },
    });
  });

  it("counts for a place in the menu where it stands", () => {
    const menu = parseMenu(MENU_TEXT);
    const custom = parseMenu(RESCUE, { partOf: menu });
    expect(wholeMenu(menu, custom).items.map(({ title }) => title)).toEqual([
      "Debian GNU/Linux",
      "Advanced options for Debian GNU/Linux",
      "Rescue image",
    ]);
  });
});

describe("the way back in custom.cfg", () => {
  it("is left out where its place in the menu would make it the default", async () => {
    const host = patched(capture, {
      [MENU]: MENU_TEXT.replace('set default="0"', 'set default="2"'),
      [SETTINGS]: SETTINGS_TEXT.replace("GRUB_DEFAULT=0", "GRUB_DEFAULT=2"),
    });
    const plan = await planOf(host, OPTIONS);
    expect(plan.steps.flatMap((step) => (step.kind === "exec" ? [] : [step.path]))).not.toContain(CUSTOM);
    expect(plan.nextBoot.after).toMatchObject({
      value: { options: `root=UUID=${UUID} ro quiet intel_iommu=on` },
    });
  });
});

describe("a default that is set behind the header", () => {
  it("survives update-grub, and the promise knows it", async () => {
    const text = 'menuentry "Memory test" --id mt {\n linux16 /boot/memtest.bin\n}\nset default=mt';
    const plan = await planOf(patched(capture, { [MENU]: withScript(text) }), OPTIONS);
    expect([next(plan, "before"), next(plan, "after")]).toEqual(["/boot/memtest.bin", "/boot/memtest.bin"]);
    expect(plan.nextBoot.after).toMatchObject({
      value: { rule: "GRUB starts mt: the default that /etc/grub.d/45_mine sets names it by its id" },
    });
  });

  it("is unknown where only GRUB can judge its condition", async () => {
    const text = 'if keystatus --shift; then\n set default="1>2"\nfi';
    const plan = await planOf(patched(capture, { [MENU]: withScript(text) }), OPTIONS);
    expect(next(plan, "after")).toBe("/etc/grub.d/45_mine sets the default where keystatus --shift");
  });

  it("is custom.cfg's unless one is chosen for one boot, and unknown where a script before it sets one too", () => {
    const text = '### END hostcfg ###\nif [ "${boot_once}" != true ]; then\n\tset default=1\nfi\n';
    const chosen = (menu: string, environment: Readonly<Record<string, string>>) => {
      const parsed = parseMenu(menu);
      return defaultEntry(wholeMenu(parsed, parseMenu(text, { partOf: parsed })), environment);
    };
    expect(chosen(MENU_TEXT, {})).toMatchObject({
      value: { once: false, by: 'the default that custom.cfg sets is "1"' },
    });
    expect(chosen(MENU_TEXT, { next_entry: "0" })).toMatchObject({ value: { once: true } });
    expect(chosen(withScript("set default=0", "before"), {})).toMatchObject({
      why: "/etc/grub.d/06_mine and custom.cfg both set the default",
    });
  });

  it("is followed through a condition on what is known", async () => {
    const text = 'if [ "${recordfail}" = 1 ]; then set default="1>2"; else set default="1>0"; fi';
    for (const [block, release] of [
      ["# GRUB Environment Block\n", NEW],
      ["# GRUB Environment Block\nrecordfail=1\n", OLD],
    ]) {
      const plan = await planOf(
        patched(capture, { [MENU]: withScript(text), "/boot/grub/grubenv": block ?? "" }),
        {},
      );
      expect(next(plan, "before")).toBe(release);
    }
  });

  it("is not 10_linux's correction of a title of old, whose condition has an x too many and never holds", async () => {
    const title = `Debian GNU/Linux, with Linux ${OLD}`;
    const correction = `if [ "x$default" = '${title}' ]; then default='Advanced options for Debian GNU/Linux>${title}'; fi;`;
    const host = patched(capture, {
      [MENU]: MENU_TEXT.replace('set default="0"', `set default="${title}"`).replace(
        "### END /etc/grub.d/10_linux ###",
        (mark) => `${correction}\n${mark}`,
      ),
      [SETTINGS]: SETTINGS_TEXT.replace("GRUB_DEFAULT=0", `GRUB_DEFAULT="${title}"`),
    });
    const plan = await planOf(host, OPTIONS);
    expect([next(plan, "before"), next(plan, "after")]).toEqual([NEW, NEW]);
  });
});

describe("entries of other systems", () => {
  it.each([
    ["Windows by os-prober", WINDOWS],
    ["another Linux by os-prober", OTHER_DEBIAN],
    ["another Linux by its search", OTHER_DEBIAN.replace("osprober-", "mine-")],
    ["a memory test", `menuentry 'mt' {\n linux /boot/memtest86+x64.bin\n}`],
    ["the firmware", `menuentry 'UEFI' --id uefi-firmware {\n fwsetup\n}`],
    ["another loader", `menuentry 'efi' {\n efi /EFI/other.efi\n}`],
  ])(
    "boot next where they are the first, and no plan promises this host's kernel: %s",
    async (_case, entry) => {
      const plan = await planOf(patched(capture, { [MENU]: withScript(entry, "before") }), OPTIONS);
      for (const when of ["before", "after"] as const)
        expect(plan.nextBoot[when]).toMatchObject({ value: { release: { known: false } } });
      expect(codes(plan, "warning")).toContain("options-not-next");
      expect(codes(plan, "error")).toEqual([]);
      const { boot } = await checked({ [MENU]: withScript(entry, "before") });
      expect(boot.verdict).toBe("unknown");
    },
  );

  it("are no way back of this host's kernels", async () => {
    const only = MENU_TEXT.replaceAll(OLD, NEW);
    const { menu } = await checked({ [MENU]: `${only}${OTHER_DEBIAN.replace(NEW, "6.12.0-1")}\n` });
    expect(menu).toMatchObject({ value: { fallback: { known: false } } });
  });
});

describe("conditions in a menu", () => {
  const CLOUD = MENU_TEXT.replaceAll(
    /^(\s*linux\s.*)\n\s*echo.*\n(\s*initrd\s.*)$/gm,
    'if [ "${initrdfail}" = 1 ]; then\n$1\n$2\nelse\n$1\nfi\ninitrdfail',
  );

  it("decide whether Ubuntu's cloud image loads an initrd", async () => {
    const without = await planOf(patched(capture, { [MENU]: CLOUD }), {});
    expect(without.nextBoot.before).toMatchObject({ value: { initrd: "none" } });
    const failed = { [MENU]: CLOUD, "/boot/grub/grubenv": "# GRUB Environment Block\ninitrdfail=1\n" };
    const withIt = await planOf(patched(capture, failed), {});
    expect(withIt.nextBoot.before).toMatchObject({ value: { initrd: `/boot/initrd.img-${NEW}` } });
  });

  it("make what is loaded unknown where only GRUB can judge them", async () => {
    const menu = CLOUD.replaceAll('[ "${initrdfail}" = 1 ]', "[ -f /flag ]");
    expect(next(await planOf(patched(capture, { [MENU]: menu }), {}), "before")).toBe(
      'what "Debian GNU/Linux" loads depends on: [ -f /flag ]',
    );
  });

  it("hide an entry, or have it counted, by the platform", async () => {
    const entry =
      'if [ "$grub_platform" = "PLATFORM" ]; then\n  menuentry "Firmware" --id fw {\n    fwsetup\n  }\nfi';
    const first = (platform: string): Patch => ({
      [MENU]: withScript(entry.replace("PLATFORM", platform), "before"),
    });
    expect(next(await planOf(patched(capture, first("pc")), {}), "before")).toBe(NEW);
    expect(next(await planOf(patched(capture, first("efi")), {}), "before")).toBe("none");
  });

  it("leave a place in the menu unknown where an entry above it may be there or not", async () => {
    const entry = 'if [ -f /flag ]; then\n  menuentry "Flag" {\n    linux /x\n  }\nfi';
    const before = await planOf(patched(capture, { [MENU]: withScript(entry, "before") }), {});
    expect(next(before, "before")).toBe('whether the menu has "Flag" depends on: [ -f /flag ]');
    const behind = await planOf(patched(capture, { [MENU]: withScript(entry) }), {});
    expect(next(behind, "before")).toBe(NEW);
    const pinned = await planOf(patched(capture, { [MENU]: withScript(entry, "before") }), {
      kernel: { release: OLD },
    });
    expect(next(pinned, "after")).toBe(OLD);
  });
});

describe("a menu without its submenu, as grub-customizer leaves it", () => {
  const PRUNED = MENU_TEXT.replace(/^submenu [^]*?^\}\n/m, "");

  it("gets no pin of a kernel that it does not list", async () => {
    const plan = await planOf(patched(capture, { [MENU]: PRUNED }), { kernel: { release: OLD } });
    expect(codes(plan, "error")).toContain("grub-not-listed");
  });

  it("still gets options, on the entry that it has", async () => {
    const plan = await planOf(patched(capture, { [MENU]: PRUNED }), OPTIONS);
    expect(next(plan, "after")).toBe(NEW);
    expect(codes(plan, "error")).toEqual([]);
    expect(plan.nextBoot.after).toMatchObject({
      value: { options: `root=UUID=${UUID} ro quiet intel_iommu=on`, fallback: { known: false } },
    });
  });
});
