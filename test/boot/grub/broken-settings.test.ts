import { describe, expect, it } from "vitest";
import { menuOf } from "../../../src/boot/check.ts";
import { known } from "../../../src/facts/fact.ts";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import { bootToPredict } from "../../../src/plan/groups.ts";
import { probe } from "../../../src/plan/probe.ts";
import type { Patch } from "../../support/planning.ts";
import { patched, planOf, verificationOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const SETTINGS = "/etc/default/grub";
const OPTIONS = { kernelOptions: { present: ["intel_iommu=on"] } };
const RELEASE = { kernel: { release: "6.1.0-25-amd64" } };

function edited(edit: (text: string) => string): Patch {
  return { [SETTINGS]: edit(capture.paths[SETTINGS]?.text ?? "") };
}

const WINDOWS = patched(
  capture,
  edited((text) => text.replaceAll("\n", "\r\n")),
);

describe("settings of GRUB that sh stumbles over", () => {
  it.each([
    [
      "line ends of Windows",
      (text: string) => text.replaceAll("\n", "\r\n"),
      `${SETTINGS}:1: there is a carriage return`,
    ],
    [
      "a quote that is never closed",
      (text: string) => text.replace('"quiet"', '"quiet'),
      `${SETTINGS}:4: the quote is never closed`,
    ],
    [
      "an option line with a no-break space",
      (text: string) => text.replace('"quiet"', '"quiet\u00a0splash"'),
      `${SETTINGS}:4: there is a no-break space (U+00A0) in GRUB_CMDLINE_LINUX_DEFAULT`,
    ],
    [
      "words without quotes",
      (text: string) => text.replace('"quiet"', "quiet splash"),
      `${SETTINGS}:4: GRUB_CMDLINE_LINUX_DEFAULT=quiet splash needs quotes`,
    ],
  ])("are refused before anything is written: %s", async (_case, edit, summary) => {
    for (const spec of [OPTIONS, RELEASE]) {
      const { steps, diagnostics } = await planOf(patched(capture, edited(edit)), spec);
      expect(steps).toEqual([]);
      const [first] = diagnostics;
      expect(first).toMatchObject({ code: "grub-settings-broken", severity: "error" });
      expect(first?.summary).toContain(summary);
    }
  });

  it("are named by verify, check and groups as well", async () => {
    const { diagnostics } = await verificationOf(WINDOWS, OPTIONS);
    expect(diagnostics.map(({ summary }) => summary).join()).toContain(`${SETTINGS}:1`);
    const state = await probe(new LinkReader(new CaptureTree(WINDOWS)), { apiVersion: "hostcfg/v1" });
    const menu = menuOf(state, known("grub"));
    const all = [menu.known ? menu.value.problems : [], bootToPredict(state, undefined).problems ?? []];
    for (const problems of all)
      expect(problems[0]).toMatchObject({
        severity: "warning",
        summary: expect.stringContaining(`${SETTINGS}:1`) as unknown,
      });
  });

  it("are told of where nothing is asked of GRUB, for the next update-grub is not hostcfg's", async () => {
    const { diagnostics } = await planOf(WINDOWS, {});
    expect(diagnostics[0]).toMatchObject({ code: "grub-settings-broken", severity: "warning" });
  });

  it("are refused with a hint where a value needs quotes against a redirection", async () => {
    const host = patched(
      capture,
      edited((text) => text.replace("GRUB_DEFAULT=0", "GRUB_DEFAULT=1>2")),
    );
    const { steps, diagnostics } = await planOf(host, OPTIONS);
    expect(steps).toEqual([]);
    expect(diagnostics).toMatchObject([{ code: "grub-settings-unknown", severity: "error" }]);
    expect(diagnostics[0]?.hint).toBe(
      `${SETTINGS}:1: GRUB_DEFAULT=1>2 needs quotes: sh takes >2 for a redirection; write GRUB_DEFAULT="1>2"`,
    );
  });
});

describe("Xen's drop-in", () => {
  const XEN = "/etc/default/grub.d/xen.cfg";
  const text = (head: string): string => `${head}if [ "$XEN_OVERRIDE_GRUB_DEFAULT" = "" ]; then
	echo "WARNING: GRUB_DEFAULT changed to boot into Xen by default!"
	XEN_OVERRIDE_GRUB_DEFAULT=1
fi
if [ "$XEN_OVERRIDE_GRUB_DEFAULT" = "1" ]; then
	GRUB_DEFAULT=$(printf "$(gettext "%s, with Xen hypervisor")" "Debian GNU/Linux")
fi
`;

  it("does no harm once its switch is off", async () => {
    const { diagnostics, nextBoot } = await planOf(
      patched(capture, { [XEN]: text("XEN_OVERRIDE_GRUB_DEFAULT=0\n") }),
      RELEASE,
    );
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(nextBoot.after).toMatchObject({ value: { release: { value: "6.1.0-25-amd64" } } });
  });

  it.each([["XEN_OVERRIDE_GRUB_DEFAULT=1\n"], [""]])(
    "is named with its line where it takes the default away (%j)",
    async (head) => {
      const { diagnostics } = await planOf(patched(capture, { [XEN]: text(head) }), RELEASE);
      expect(diagnostics[0]).toMatchObject({
        code: "grub-overridden",
        severity: "error",
        hint: expect.stringContaining("XEN_OVERRIDE_GRUB_DEFAULT=0") as unknown,
      });
      expect(diagnostics[0]?.summary).toContain(`${XEN}:${head === "" ? 6 : 7}`);
    },
  );
});
