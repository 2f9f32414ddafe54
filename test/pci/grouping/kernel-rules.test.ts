import { describe, expect, it } from "vitest";
import { kernelRules } from "../../../src/pci/grouping/kernel-rules.ts";

describe("kernelRules", () => {
  it.each([
    ["5.3.0-7625-generic", "redirect-only"],
    ["6.1.192", "redirect-only"],
    ["6.10.14", "redirect-only"],
    ["6.11.0", "first-device"],
    ["6.12.22-amd64", "first-device"],
    ["6.12.23", "fixed"],
    ["6.13.10", "first-device"],
    ["6.14.1", "first-device"],
    ["6.14.2", "fixed"],
    ["7.0.0", "fixed"],
    [undefined, "fixed"],
    ["unfamiliar", "fixed"],
  ])("knows how Linux %s takes pci=config_acs", (release, expected) => {
    expect(kernelRules(release).acsOptions).toBe(expected);
  });

  it.each([
    ["6.1.164", false],
    ["6.1.165", true],
    ["6.1.168-custom", true],
    ["6.1.169", false],
    ["5.10.251", false],
    ["5.10.252", true],
    ["5.15.202", true],
    ["5.15.203", false],
    ["6.6.127", false],
    ["6.6.128", true],
    ["6.6.134", true],
    ["6.6.135", false],
    ["6.12.75", true],
    ["6.12.82", true],
    ["6.12.83", false],
    // The name of Debian's kernels does not tell the patch level.
    ["6.1.0-43-amd64", false],
    [undefined, false],
  ])("knows whether Linux %s makes groups before it switches ACS on", (release, expected) => {
    expect(kernelRules(release).groupsBeforeAcs).toBe(expected);
  });
});
