import { describe, expect, it } from "vitest";
import { readRemapping, trimInterrupts } from "../../src/facts/interrupts.ts";
import { readerOf } from "../support/host.ts";

const REMAPPED = `            CPU0       CPU1
   0:         10          0  IR-IO-APIC    2-edge      timer
 120:          0          0  DMAR-MSI    0-edge      dmar0
 122:          0       1234  IR-PCI-MSIX-0000:00:1f.6    0-edge      enp0s31f6
 NMI:          3          4   Non-maskable interrupts
`;
const PLAIN = REMAPPED.replaceAll("IR-", "");
const ARM = ` 11:       9000       8000     GICv3  27 Level     arch_timer\n`;

const remapping = (text: string) => readRemapping(readerOf({ "/proc/interrupts": text }));

describe("interrupt remapping", () => {
  it("is told by the names of the interrupt controllers", () => {
    expect([remapping(REMAPPED), remapping(PLAIN)]).toEqual([
      { known: true, value: true },
      { known: true, value: false },
    ]);
  });

  it("is unknown of a processor whose controllers do not tell it, and where the file is not there", () => {
    expect(remapping(ARM)).toMatchObject({ known: false });
    expect(readRemapping(readerOf({}))).toMatchObject({ known: false });
  });

  it("is the same in a capture, which holds no counts", () => {
    for (const text of [REMAPPED, PLAIN]) {
      const trimmed = trimInterrupts(text);
      expect(trimmed).not.toMatch(/\d/);
      expect(remapping(trimmed)).toEqual(remapping(text));
    }
  });
});
