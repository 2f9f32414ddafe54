import fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { temporaryFiles } from "../../src/journal/temporary-files.ts";
import { Story } from "../support/story.ts";

let story: Story;
beforeEach(() => {
  story = new Story({
    devices: false,
    spec: "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n",
  });
});
afterEach(() => {
  story.remove();
});

/** As they are made by a replacement, and names that are like them. */
const LEFT = [
  "/var/lib/hostcfg/inputs/1-linux-image.deb",
  "/var/lib/hostcfg/journal/0001/.plan.json.hostcfg-0123456789ab",
  "/var/lib/hostcfg/journal/0001/before/.01-1.json.hostcfg-0123456789ab",
  "/var/lib/hostcfg/.options.json.hostcfg-0123456789ab",
  "/etc/kernelstub/.configuration.hostcfg-0123456789ab",
];
const OTHERS = [
  "/etc/kernelstub/.configuration.hostcfg-short",
  "/etc/kernelstub/hostcfg-0123456789ab",
  "/etc/.fstab.hostcfg-0123456789ab",
];

it("what a cut left goes with the next apply, though there is nothing else to do, and no other file", async () => {
  await story.apply();
  fs.mkdirSync(join(story.root, "var/lib/hostcfg/inputs"), { recursive: true });
  for (const path of [...LEFT, ...OTHERS]) fs.writeFileSync(join(story.root, path), "half");
  expect([...temporaryFiles(story.host().reader(), "0001")].sort()).toEqual([...LEFT].sort());
  expect(await story.apply()).toEqual({ status: "nothing-to-do" });
  expect([...LEFT, ...OTHERS].filter((path) => fs.existsSync(join(story.root, path)))).toEqual(OTHERS);
});

it("nothing is left where nothing was applied", () => {
  expect(temporaryFiles(story.host().reader(), undefined)).toEqual([]);
});
