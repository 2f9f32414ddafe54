import { describe, expect, it } from "vitest";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

/** The text of a file of a recorded host, changed. */
function changed(host: string, path: string, change: (text: string) => string): Patch {
  return { [path]: change(recordedHost(host).capture.paths[path]?.text ?? "") };
}

describe("a plan for a host of the field is not refused", () => {
  it("for more blanks between the options of an entry than one", async () => {
    const [host, path] = ["sd-boot-debian", "/boot/efi/loader/entries/debian-6.1.0-25-amd64.conf"];
    const { capture } = recordedHost(host);
    const plan = await planOf(
      patched(
        capture,
        changed(host, path, (text) => text.replace(" ro ", "   ro  ")),
      ),
      { kernel: { release: "6.1.0-25-amd64" } },
    );
    expect([codes(plan, "error"), plan.steps.length]).toEqual([[], 1]);
  });
});
