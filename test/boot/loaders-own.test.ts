import { describe, expect, it } from "vitest";
import { splitLine } from "../../src/cmdline.ts";
import { ADDED_OPTIONS, addedOptionsText } from "../../src/facts/added-options.ts";
import { dropInText } from "../../src/boot/grub/drop-in.ts";
import { DROP_IN } from "../../src/boot/grub/settings.ts";
import { codes, patched, planOf } from "../support/planning.ts";
import { recordedHost, recordedHosts } from "../support/recorded-hosts.ts";

/** What loaders and their tools put on the line, and what hostcfg itself recorded as its own by mistake or malice. */
const OWN = /^(?:root|rootflags|ro|initrd|BOOT_IMAGE|systemd\.machine_id|vt\.handoff)(?:=|$)/;

describe("what a loader writes on the line itself", () => {
  it.each(recordedHosts())("stays on $name, whatever hostcfg's own record says", async ({ capture }) => {
    const host = capture;
    const { before } = (await planOf(host, {})).nextBoot;
    if (!before.known) return;
    const own = splitLine(before.value.options).filter((option) => OWN.test(option));
    expect(own.length).toBeGreaterThan(0);
    const claimed = [...own, "initrd=\\initrd.img", "BOOT_IMAGE=/vmlinuz", "rootflags=subvol=@"];
    const said = patched(host, { [ADDED_OPTIONS]: addedOptionsText([...claimed, "zz=1"]) });
    const { nextBoot, changes } = await planOf(said, { kernelOptions: { present: ["zz=2"] } });
    if (!nextBoot.after.known) return;
    expect(splitLine(nextBoot.after.value.options).filter((option) => OWN.test(option))).toEqual(own);
    expect(changes.filter(({ address }) => OWN.test(address.replace("kernelOptions.", "")))).toEqual([]);
  });

  it.each(["debian-grub", "ubuntu-grub"])("stays on %s where hostcfg's own drop-in has it", async (name) => {
    const { capture } = recordedHost(name);
    const text = dropInText({ options: ["root=UUID=1", "rootflags=subvol=@", "zz=1"] }) ?? "";
    const { nextBoot } = await planOf(patched(capture, { [DROP_IN]: text }), { kernelOptions: {} });
    if (!nextBoot.after.known) throw new Error(nextBoot.after.why);
    const options = splitLine(nextBoot.after.value.options);
    expect(options).toEqual(expect.arrayContaining(["root=UUID=1", "rootflags=subvol=@"]));
    expect(options).not.toContain("zz=1");
  });

  it.each([
    "root=UUID=1",
    "rootflags=subvol=@",
    "ro",
    "initrd=\\a",
    "BOOT_IMAGE=/a",
    "systemd.machine_id=1",
    "vt.handoff=7",
  ])("is no option that a spec may declare: %s", async (option) => {
    for (const list of ["present", "absent"]) {
      const plan = await planOf(recordedHost("debian-grub").capture, {
        kernelOptions: { [list]: [option] },
      });
      expect(codes(plan, "error")).toContain("option-of-the-loader");
    }
  });
});
