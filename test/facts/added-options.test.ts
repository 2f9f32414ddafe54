import { describe, expect, it } from "vitest";
import { addedOptionsText, readAddedOptions } from "../../src/facts/added-options.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { Patch } from "../support/planning.ts";
import { patched } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const RECORD = "/var/lib/hostcfg/options.json";
const JOURNAL = "/var/lib/hostcfg/journal/0001";
const APPLIED: Patch = {
  [`${JOURNAL}/plan.json`]: '{"changes":[{"address":"kernelOptions.iommu"}]}',
  [`${JOURNAL}/events.jsonl`]: '{"event":"applied"}\n',
};

function read(patch: Patch) {
  const { capture } = recordedHost("debian-grub");
  const fact = readAddedOptions(new LinkReader(new CaptureTree(patched(capture, patch))));
  return fact.known ? [fact.value.options, fact.value.lost] : fact.why;
}

describe("hostcfg's record of its options", () => {
  it.each<[string, Patch, unknown]>([
    ["is empty on a host where it never worked", { "/var/lib/hostcfg/journal": null }, [[], false]],
    ["is what was written", { [RECORD]: addedOptionsText(["a=1", "b"]) }, [["a=1", "b"], false]],
    ["is lost where an apply has changed options and it is gone", APPLIED, [[], true]],
    [
      "is not lost where that apply has not come to its end",
      { ...APPLIED, [`${JOURNAL}/events.jsonl`]: '{"event":"apply-started"}\n' },
      [[], false],
    ],
    ["is lost where it is no JSON", { [RECORD]: "{" }, [[], true]],
    ["is lost where it has another shape", { [RECORD]: '{"added":[1]}' }, [[], true]],
  ])("%s", (_title, patch, expected) => {
    expect(read({ [RECORD]: null, "/var/lib/hostcfg/journal": null, ...patch })).toEqual(expected);
  });
});
