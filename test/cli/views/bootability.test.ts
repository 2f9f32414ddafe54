import { describe, expect, it } from "vitest";
import { known } from "../../../src/facts/fact.ts";
import type { BootEntryCheck, Fact } from "../../../src/model/index.ts";
import { PLAIN } from "../../../src/cli/style.ts";
import { renderBootability } from "../../../src/cli/views/bootability.ts";
import { checked } from "../../support/checked.ts";
import { expectGolden } from "../../support/golden.ts";
import { patched } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("sd-boot-debian");
const NEXT = "/boot/efi/debian/6.1.0-26-amd64";

describe("a judgement of the boot as text", () => {
  it.each([
    ["unknown", capture],
    [
      "broken",
      patched(capture, {
        [`${NEXT}/linux`]: { kind: "file", text: "" },
        "/boot/efi/debian/6.1.0-25-amd64/linux": null,
      }),
    ],
    ["container", recordedHost("container").capture],
  ])("shows each entry and part, its sign and its reason: %s", async (name, host) => {
    expectGolden(`test/cli/golden/check/${name}.txt`, renderBootability(await checked(host), PLAIN));
  });

  it("ends with whether there is a way back", async () => {
    const found = { ...(await checked(capture)), verdict: "bootable" as const };
    const whole = { name: "x", release: known("6.1"), verdict: "bootable" as const, parts: [] };
    const last = (problems: typeof found.problems, fallback: Fact<BootEntryCheck> = known(whole)): string =>
      renderBootability({ ...found, problems, fallback }, PLAIN)
        .trimEnd()
        .split("\n")
        .at(-1) ?? "";
    expect(last([])).toBe("Bootable: what boots next is whole, and so is the way back.");
    const open = "Bootable: what boots next is whole.";
    expect(last([{ severity: "warning", code: "no-fallback", summary: "none" }])).toBe(open);
    expect(last([], known({ ...whole, verdict: "unknown" }))).toBe(open);
    expect(last([], { known: false, why: "it could not be seen" })).toBe(open);
  });
});
