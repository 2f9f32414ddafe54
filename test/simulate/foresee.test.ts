import { describe, expect, it } from "vitest";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { HostState, Step } from "../../src/model/index.ts";
import { known } from "../../src/facts/fact.ts";
import { probe } from "../../src/plan/probe.ts";
import { foresee, otherThanForeseen } from "../../src/simulate/foresee.ts";
import { prefixStates } from "../../src/simulate/step.ts";
import { planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const wish = { kernel: { release: "6.1.0-25-amd64" } };

async function after(steps: readonly Step[], state?: HostState) {
  const present =
    state ?? (await probe(new LinkReader(new CaptureTree(capture)), { apiVersion: "hostcfg/v1" }));
  return foresee(prefixStates(present, steps).at(-1) ?? [], known("grub")).nextBoot;
}

describe("what boots next after a plan", () => {
  it("is the menu's choice in the state that the steps lead to, and not what was hoped for", async () => {
    const { steps, nextBoot } = await planOf(capture, wish);
    expect(await after(steps)).toEqual(nextBoot.after);
    expect(nextBoot.after).toMatchObject({ value: { release: { value: "6.1.0-25-amd64" } } });
    // Without the run of update-grub the menu stays what it was.
    const settings = steps.filter(({ kind }) => kind !== "exec");
    expect(await after(settings)).toEqual(nextBoot.before);
  });

  it("is open where the programs of the plan may leave one or the other, but for what both have", async () => {
    const present = await probe(new LinkReader(new CaptureTree(capture)), { apiVersion: "hostcfg/v1" });
    const { steps } = await planOf(capture, wish);
    const other = prefixStates(present, steps).at(-1) ?? [];
    expect(foresee([present, ...other], known("grub")).nextBoot).toMatchObject({
      known: true,
      value: {
        kernel: "/boot/vmlinuz-6.1.0-26-amd64 or /boot/vmlinuz-6.1.0-25-amd64",

        release: {
          known: false,
          why: expect.stringMatching(
            /^it depends on what the programs of this plan do: 6\.1\.0-26-amd64 .*, or 6\.1\.0-25-amd64 /,
          ) as string,
        },
      },
    });
  });

  it("is another one by its entry, its initrd or its options alone, and not by what was left open", async () => {
    const { nextBoot } = await planOf(capture, wish);
    if (!nextBoot.after.known) throw new Error("the next boot of this plan is known");
    const boot = nextBoot.after.value;
    const came = (other: Partial<typeof boot>): string | undefined =>
      otherThanForeseen(nextBoot.after, known({ ...boot, ...other }));
    expect(came({ options: `  ${boot.options}`, rule: "another" })).toBeUndefined();
    expect(came({ initrd: "none" })).toBe(`the initrd none instead of ${boot.initrd}`);
    expect(came({ entry: "other" })).toBe(`the entry other instead of ${boot.entry ?? ""}`);
    expect(came({ options: "ro" })).toBe(`the options "ro" instead of "${boot.options}"`);
    const either = known({ ...boot, kernel: `/boot/x or ${boot.kernel}` });
    expect(otherThanForeseen(either, nextBoot.after)).toBeUndefined();
    // Halfway, what will come is foreseen as well.
    expect(otherThanForeseen(either, either)).toBeUndefined();
    expect(otherThanForeseen(nextBoot.after, either)).toBe(
      `the kernel /boot/x or ${boot.kernel} instead of ${boot.kernel}`,
    );
  });
});
