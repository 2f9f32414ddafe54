import { describe, expect, it } from "vitest";
import { decodeVariable } from "../../../src/boot/efi-variables.ts";
import { cleanName } from "../../../src/boot/kernelstub/probe.ts";
import { loaderSetting, parseEntry } from "../../../src/boot/bls/entry-text.ts";
import { couldName } from "../../../src/boot/bls/naming.ts";

describe("a loader entry", () => {
  it("is read in the four lines that kernelstub writes", () => {
    const text =
      "title Pop!_OS\nlinux /EFI/Pop_OS-1/vmlinuz.efi\ninitrd /EFI/Pop_OS-1/initrd.img\noptions root=UUID=1 ro quiet  splash\n";
    expect(parseEntry(text)).toEqual({
      title: "Pop!_OS",
      linux: "/EFI/Pop_OS-1/vmlinuz.efi",
      initrds: ["/EFI/Pop_OS-1/initrd.img"],
      options: "root=UUID=1 ro quiet  splash",
    });
  });

  it("may hold comments, unknown keys, tabs and several initrds and option lines", () => {
    const text = "# made by hand\nx-other 1\nlinux\t/k\ninitrd /ucode\ninitrd /i\noptions a\noptions b\n";
    expect(parseEntry(text)).toEqual({ linux: "/k", initrds: ["/ucode", "/i"], options: "a b" });
  });
});

describe("the default entry", () => {
  it("is the last one that loader.conf names", () => {
    expect(loaderSetting("timeout 3\ndefault a\n#default b\ndefault  Pop_OS-current \n", "default")).toBe(
      "Pop_OS-current",
    );
    expect(loaderSetting("timeout 3\n", "default")).toBeUndefined();
    expect(loaderSetting('default "a b.conf"\n', "default")).toBe("a b.conf");
  });

  it.each([
    ["Pop_OS-current", "Pop_OS-current", true],
    ["Pop_OS-current.conf", "Pop_OS-current", true],
    ["pop_os-*", "Pop_OS-current", true],
    ["*-oldkern*", "Pop_OS-current", false],
    ["Pop_OS-curren?", "Pop_OS-current", true],
    ["Pop_OS", "Pop_OS-current", false],
    ["a.c", "abc", false],
    ["ab[+.]*conf", "ab", true],
    ["ab[+.]*conf", "ab+3", true],
    ["ab[+.]*conf", "abc", false],
    ["v[1-3].conf", "v2", true],
    ["v[1-3].conf", "v4", false],
    ["[", "[", true],
    ["*", "anything", true],
    ["*a*a*a*a*b", "a".repeat(5000), false],
  ])("the pattern %j on the entry %.20j: %j", (pattern, id, matches) => {
    expect(couldName(pattern, id)).toBe(matches);
  });
});

it("an EFI variable is UTF-16 behind four attribute bytes, ended by a NUL", () => {
  const bytes = Buffer.concat([Buffer.from([7, 0, 0, 0]), Buffer.from("Pop_OS-current\0", "utf16le")]);
  expect(decodeVariable(bytes)).toBe("Pop_OS-current");
  expect(decodeVariable(Buffer.from([7, 0]))).toBe("");
});

it.each([
  ["Pop!_OS", "Pop_OS"],
  // kernelstub takes Windows' device name NUL out of GNULinux.
  ["Debian GNU/Linux", "Debian_Ginux"],
  ["Ubuntu", "Ubuntu"],
  ["A~B COM1 C", "A-B__C"],
])("kernelstub's file names for %j start with %j", (name, cleaned) => {
  expect(cleanName(name)).toBe(cleaned);
});
