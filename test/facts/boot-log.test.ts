import { describe, expect, it } from "vitest";
import { parseBootLog, readBootLog, trimBootLog } from "../../src/facts/boot-log.ts";
import { known, unknown } from "../../src/facts/fact.ts";
import { BOOT_LOG_QUERIES } from "../../src/host/queries.ts";
import type { QueryAnswer } from "../../src/host/reader.ts";
import { readerOf } from "../support/host.ts";

const BEGINNING = "[    0.000000] Linux version 6.8.0-49-generic (buildd@lcy02) #49-Ubuntu SMP";
const ENABLED =
  "[    0.061871] Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA";
const UNKNOWN = (list: string): string =>
  `[    0.051234] Unknown kernel command line parameters "${list}", will be passed to user space.`;

describe("the kernel's log", () => {
  it.each([
    ["overrides that are enabled", [BEGINNING, ENABLED], true, []],
    ["the same without times, as journalctl prints it", [BEGINNING.slice(15), ENABLED.slice(15)], true, []],
    [
      "an option that it does not know",
      [BEGINNING, UNKNOWN("pcie_acs_override=downstream")],
      false,
      ["pcie_acs_override=downstream"],
    ],
    [
      "several, one of them quoted",
      [BEGINNING, UNKNOWN('BOOT_IMAGE=/vmlinuz dyn="a b" pcie_acs_override=id:10de:1c82,downstream splash')],
      false,
      ["BOOT_IMAGE=/vmlinuz", 'dyn="a b"', "pcie_acs_override=id:10de:1c82,downstream", "splash"],
    ],
    ["nothing to say of options", [BEGINNING, "[    1.0] usb 1-1: new device"], false, []],
    ["a message whose beginning is gone", [ENABLED], true, []],
  ])("is read: %s", (_, lines, overridesEnabled, unknownParameters) => {
    expect(parseBootLog(`${lines.join("\n")}\n`)).toEqual(known({ overridesEnabled, unknownParameters }));
  });

  it.each(["", "[99999.0] usb 1-1: new device\n", "-- No entries --\n"])(
    "says nothing where it is cut: %j",
    (text) => {
      expect(parseBootLog(text)).toEqual(unknown("the log no longer holds the beginning of this boot"));
    },
  );

  it("loses nothing that is read when it is trimmed, and all the rest", () => {
    const option = UNKNOWN("pcie_acs_override=downstream");
    const text = [BEGINNING, "[    1.0] serial number 1234", option, ENABLED, ""].join("\n");
    expect(trimBootLog(text)).toBe([BEGINNING, option, ENABLED, ""].join("\n"));
    expect(parseBootLog(trimBootLog(text))).toEqual(parseBootLog(text));
  });
});

describe("reading it", () => {
  const [DMESG, JOURNAL] = BOOT_LOG_QUERIES;
  const read = (dmesg: QueryAnswer, journal: QueryAnswer) =>
    readBootLog(
      readerOf(
        {},
        {
          queries: [
            { argv: DMESG, answer: dmesg },
            { argv: JOURNAL, answer: journal },
          ],
        },
      ),
    );
  const said = (stdout: string): QueryAnswer => ({ ran: true, exitCode: 0, stdout, stderr: "" });
  const denied: QueryAnswer = {
    ran: true,
    exitCode: 1,
    stdout: "",
    stderr: "dmesg: read kernel buffer failed: Operation not permitted\n",
  };
  const missing: QueryAnswer = { ran: false, why: "journalctl is not installed" };

  it("asks dmesg, and the journal where dmesg is refused or no longer has the beginning", async () => {
    const enabled = known({ overridesEnabled: true, unknownParameters: [] });
    expect(await read(said(`${BEGINNING}\n${ENABLED}\n`), missing)).toEqual(enabled);
    expect(await read(denied, said(`${BEGINNING}\n${ENABLED}\n`))).toEqual(enabled);
    expect(await read(said("[9999.0] late\n"), said(`${BEGINNING}\n${ENABLED}\n`))).toEqual(enabled);
  });

  it("does not know it where neither can be had, and says why of both", async () => {
    expect(await read(denied, missing)).toEqual(
      unknown(
        "the boot log cannot be read: dmesg: read kernel buffer failed: Operation not permitted; journalctl is not installed",
      ),
    );
  });
});
