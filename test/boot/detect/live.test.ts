import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Starter, Trace } from "../../../src/boot/detect/live.ts";
import { readLive, startedBy } from "../../../src/boot/detect/live.ts";
import { decodeLoadOption, decodeVariable } from "../../../src/boot/efi-variables.ts";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import type { Patch } from "../../support/planning.ts";
import { patched } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const EFIVARS = "/sys/firmware/efi/efivars";
const LOADER = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
const GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

function utf16(text: string): Buffer {
  return Buffer.from(`${text}\0`, "utf16le");
}

function variable(...parts: readonly Buffer[]): Patch[string] {
  return { kind: "file", base64: Buffer.concat([Buffer.from([6, 0, 0, 0]), ...parts]).toString("base64") };
}

const loader = (name: string, text: string): Patch => ({
  [`${EFIVARS}/${name}-${LOADER}`]: variable(utf16(text)),
});

/** EFI_LOAD_OPTION with one file path node (UEFI specification 3.1.3, 10.3.5.4). */
function loadOption(description: string, file: string): Buffer {
  const path = utf16(file);
  const node = Buffer.from([4, 4, (path.length + 4) & 0xff, (path.length + 4) >> 8]);
  const end = Buffer.from([0x7f, 0xff, 4, 0]);
  const header = Buffer.alloc(6);
  header.writeUInt16LE(node.length + path.length + end.length, 4);
  return Buffer.concat([header, utf16(description), node, path, end]);
}

const firmware = (file: string): Patch => ({
  [`${EFIVARS}/BootCurrent-${GLOBAL}`]: variable(Buffer.from([3, 0])),
  [`${EFIVARS}/Boot0003-${GLOBAL}`]: variable(loadOption("an entry", file)),
});

function live(cmdline: string, patch: Patch = {}) {
  const nothing = Object.fromEntries(
    ["LoaderInfo", "StubInfo", "LoaderEntrySelected"].map((name) => [`${EFIVARS}/${name}-${LOADER}`, null]),
  );
  const quiet: Patch = {
    ...nothing,
    [`${EFIVARS}/BootCurrent-${GLOBAL}`]: null,
    "/boot/extlinux/extlinux.conf": null,
    "/extlinux/extlinux.conf": null,
    "/boot/syslinux/syslinux.cfg": null,
    "/boot/extlinux.conf": null,
    ...patch,
  };
  const reader = new LinkReader(new CaptureTree(patched(capture, quiet)));
  const unknown = { known: false as const, why: "" };
  return readLive(reader, {
    cmdline: { known: true, value: cmdline },
    release: unknown,
    bootId: unknown,
  });
}

const GRUB_LINE = "BOOT_IMAGE=/boot/vmlinuz-6.1 root=UUID=1 ro";
const STUB_LINE = "initrd=\\EFI\\x\\initrd.img root=UUID=1 ro";

describe("what this boot says of its loader", () => {
  it.each<[string, string, Patch, Starter | undefined]>([
    ["BOOT_IMAGE= of GRUB", GRUB_LINE, {}, "grub"],
    [
      "BOOT_IMAGE= of extlinux, where there is no menu of GRUB",
      GRUB_LINE,
      { "/boot/grub/grub.cfg": null, "/boot/grub2/grub.cfg": null, "/boot/extlinux/extlinux.conf": "x" },
      "extlinux",
    ],
    ["an initrd with backslashes alone", STUB_LINE, {}, "systemd-boot"],
    ["systemd-boot's own name", STUB_LINE, loader("LoaderInfo", "systemd-boot 252"), "systemd-boot"],
    ["rEFInd's own name", STUB_LINE, loader("LoaderInfo", "rEFInd 0.14.2"), "refind"],
    ["Limine's own name", STUB_LINE, loader("LoaderInfo", "Limine 8.0"), "limine"],
    ["a name that nobody knows", "root=UUID=1", loader("LoaderInfo", "Clover 5"), "unfamiliar"],
    ["systemd-stub", "root=UUID=1", loader("StubInfo", "systemd-stub 256"), "unified-kernel-image"],
    [
      "an image as the selected entry, before the loader's name",
      "root=UUID=1",
      { ...loader("LoaderInfo", "systemd-boot 256"), ...loader("LoaderEntrySelected", "arch.efi") },
      "unified-kernel-image",
    ],
    ["the firmware's entry of GRUB", "root=UUID=1", firmware("\\EFI\\debian\\grubx64.efi"), "grub"],
    ["the firmware's entry of shim alone", "root=UUID=1", firmware("\\EFI\\debian\\shimx64.efi"), "grub"],
    [
      "its own name, behind the shim that the firmware starts",
      "root=UUID=1",
      { ...loader("LoaderInfo", "systemd-boot 257"), ...firmware("\\EFI\\debian\\shimx64.efi") },
      "systemd-boot",
    ],
    ["the firmware's entry of a kernel", "root=UUID=1", firmware("\\vmlinuz-linux"), "efi-stub"],
    [
      "the firmware's entry of an image",
      "root=UUID=1",
      firmware("\\EFI\\Linux\\a.efi"),
      "unified-kernel-image",
    ],
    ["a fallback path, which names nothing", "root=UUID=1", firmware("\\EFI\\BOOT\\BOOTX64.EFI"), undefined],
    ["nothing", "root=UUID=1 quiet", {}, undefined],
    ["a live medium, which tells nothing of the disk", `${GRUB_LINE} boot=casper`, {}, undefined],
  ])("by %s", (_title, cmdline, patch, starter) => {
    const found = live(cmdline, patch);
    expect(found.starter).toBe(starter);
    expect(found.contradicting).toBeUndefined();
    if (starter !== undefined) expect(found.evidence.length).toBeGreaterThan(0);
  });

  it("is contradictory where two of its traces cannot both be true", () => {
    const found = live(GRUB_LINE, loader("LoaderInfo", "systemd-boot 252"));
    expect([found.starter, found.contradicting?.toSorted()]).toEqual([undefined, ["grub", "systemd-boot"]]);
    expect(found.evidence).toHaveLength(2);
  });

  it("does not depend on the order of the traces, and is one starter or several, never both", () => {
    const traces = fc.subarray<Trace["starter"]>([
      "systemd-boot",
      "grub",
      "refind",
      "limine",
      "extlinux",
      "unified-kernel-image",
      "efi-stub",
      "unfamiliar",
      "shim",
      "initrd=",
    ]);
    fc.assert(
      fc.property(traces, (all) => {
        const verdict = (list: readonly Trace["starter"][]) => {
          const { starter, contradicting } = startedBy(list.map((starter) => ({ starter })));
          return JSON.stringify([starter, contradicting?.toSorted()]);
        };
        const { starter, contradicting } = startedBy(all.map((one) => ({ starter: one })));
        return (
          verdict(all) === verdict(all.toReversed()) &&
          !(starter !== undefined && contradicting !== undefined)
        );
      }),
    );
  });
});

describe("bytes of EFI variables", () => {
  it("give the description and the file of a boot option", () => {
    expect(decodeLoadOption(loadOption("Pop!_OS", "\\EFI\\systemd\\systemd-bootx64.efi"))).toEqual({
      description: "Pop!_OS",
      file: "\\EFI\\systemd\\systemd-bootx64.efi",
    });
  });

  it("of any kind are read to their end and never fail", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { description, file } = decodeLoadOption(bytes);
        return typeof description === "string" && typeof file === "string" && decodeVariable(bytes) !== "\0";
      }),
    );
  });
});
