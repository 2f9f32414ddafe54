import { describe, expect, it } from "vitest";
import { readAcsPatch } from "../../src/facts/acs-patch.ts";
import { known, unknown } from "../../src/facts/fact.ts";
import { PACKED, bzImage, withSize } from "../archive/images.ts";
import type { Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";

const MAP = "/boot/System.map-6.1";
const IMAGE = "/boot/vmlinuz-6.1";
const KALLSYMS = "/proc/kallsyms";
const STUB = "ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n";
const STOCK = "ffffffff81000000 T pci_acs_enabled\n";
const PATCHED = `${STOCK}ffffffff81e00000 t pcie_acs_override_setup\n`;
const PATCHED_IMAGE: Content = { kind: "file", base64: bzImage(withSize(PACKED.zstd)).toString("base64") };

const LOG = { overridesEnabled: false, unknownParameters: [] };
const UNKNOWN_OPTION = known({ ...LOG, unknownParameters: ["pcie_acs_override=downstream"] });

describe("an installed kernel", () => {
  it.each<[string, Record<string, Content>, string, string[]]>([
    ["its System.map", { [MAP]: PATCHED, [IMAGE]: "x" }, "carried", [`${MAP} lists its functions`]],
    [
      "its System.map where the modules are, as Fedora has it",
      { "/lib/modules/6.1/System.map": STOCK },
      "absent",
      ["/lib/modules/6.1/System.map lists the kernel's PCI functions, and none of the patch"],
    ],
    [
      "its image, behind Debian's stub",
      { [MAP]: STUB, [IMAGE]: PATCHED_IMAGE },
      "carried",
      [`${MAP} does not list the kernel's functions`, `${IMAGE}, unpacked (zstd), holds the option's name`],
    ],
    [
      "nothing, for only root may read it",
      { [MAP]: { kind: "file", error: "EACCES" }, [IMAGE]: { kind: "file", error: "EACCES" } },
      "unknown",
      [`reading ${MAP} needs root`, `reading ${IMAGE} needs root`],
    ],
    ["nothing, for it is not here", {}, "unknown", []],
    [
      "nothing, for its image is none",
      { [IMAGE]: "MZ" },
      "unknown",
      [`${IMAGE} is no kernel that can be unpacked here`],
    ],
  ])("is judged by %s", async (_, files, answer, evidence) => {
    expect(await readAcsPatch(readerOf(files), "6.1", undefined)).toEqual({
      release: "6.1",
      answer,
      evidence,
    });
  });

  it("that does not run is not judged by the symbols and the log of the one that does", async () => {
    const patch = await readAcsPatch(readerOf({ [KALLSYMS]: PATCHED }), "6.1", undefined);
    expect(patch.answer).toBe("unknown");
  });
});

describe("the kernel that runs", () => {
  it("is judged by its own table of symbols", async () => {
    const reader = readerOf({ [MAP]: STUB, [KALLSYMS]: STOCK });
    expect(await readAcsPatch(reader, "6.1", {})).toMatchObject({
      answer: "absent",
      evidence: [expect.stringContaining(MAP), expect.stringContaining(KALLSYMS)],
    });
  });

  it("is judged by what it said of the option, where its symbols are hidden", async () => {
    const reader = readerOf({ [IMAGE]: PATCHED_IMAGE });
    expect((await readAcsPatch(reader, "6.1", { bootLog: UNKNOWN_OPTION })).answer).toBe("absent");
    const enabled = known({ ...LOG, overridesEnabled: true });
    expect((await readAcsPatch(reader, "6.1", { bootLog: enabled })).answer).toBe("carried");
  });

  it("is judged by its image where nothing else says anything", async () => {
    const reader = readerOf({ [IMAGE]: PATCHED_IMAGE });
    expect(await readAcsPatch(reader, "6.1", { bootLog: unknown("no log") })).toMatchObject({
      answer: "carried",
      evidence: ["no log", expect.stringContaining(IMAGE)],
    });
  });
});
