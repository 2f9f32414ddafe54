import { describe, expect, it } from "vitest";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const VARIABLES = "/sys/firmware/efi/efivars";
const GUID = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
const SPEC = { kernel: { release: "6.1.0-25-amd64" } };

/** EFI_LOAD_OPTION of a file on a partition (UEFI specification 3.1.3), with the variable's attributes before it. */
function bootOption(file: string): string {
  const path = Buffer.from(`${file}\0`, "utf16le");
  const node = Buffer.concat([Buffer.from([4, 4, path.length + 4, 0]), path]);
  const list = Buffer.concat([node, Buffer.from([0x7f, 0xff, 4, 0])]);
  const head = Buffer.from([7, 0, 0, 0, 1, 0, 0, 0, list.length, 0]);
  return Buffer.concat([head, Buffer.from("x\0", "utf16le"), list]).toString("base64");
}

function started(file: string, cmdline = "root=/dev/sda2"): Patch {
  return {
    [`${VARIABLES}/BootCurrent-${GUID}`]: {
      kind: "file",
      base64: Buffer.from([6, 0, 0, 0, 1, 0]).toString("base64"),
    },
    [`${VARIABLES}/Boot0001-${GUID}`]: { kind: "file", base64: bootOption(file) },
    "/proc/cmdline": `BOOT_IMAGE=/boot/vmlinuz-6.1.0-26-amd64 ${cmdline}\n`,
  };
}

describe("a host that another system's GRUB has started", () => {
  it("has an unknown next boot, and no kernel is promised", async () => {
    const plan = await planOf(patched(capture, started("\\EFI\\ubuntu\\shimx64.efi")), SPEC);
    expect(plan.nextBoot.before.known || plan.nextBoot.after.known).toBe(false);
    expect(codes(plan, "error")).toContain("other-system-boots");
    expect(plan.steps).toEqual([]);
  });

  it("is one that starts itself where its own menu has the line of this boot", async () => {
    const own = "root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro quiet";
    const plan = await planOf(patched(capture, started("\\EFI\\ubuntu\\shimx64.efi", own)), SPEC);
    expect(codes(plan, "error")).toEqual([]);
  });

  it.each([["\\EFI\\debian\\shimx64.efi"], ["\\EFI\\my-own\\grubx64.efi"], ["\\EFI\\BOOT\\BOOTX64.EFI"]])(
    "is not told by %s",
    async (file) => {
      expect(codes(await planOf(patched(capture, started(file)), SPEC), "error")).toEqual([]);
    },
  );

  it("is told by the file system that the loader's own grub.cfg names, whatever the folder", async () => {
    const stub = (uuid: string): string => `search.fs_uuid ${uuid} root\nset prefix=($root)'/boot/grub'\n`;
    const file = "\\EFI\\debian\\shimx64.efi";
    const path = "/boot/efi/EFI/debian/grub.cfg";
    const other = await planOf(patched(capture, { ...started(file), [path]: stub("0815") }), SPEC);
    expect(codes(other, "error")).toContain("other-system-boots");
  });
});
