import fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Host } from "../../src/host/host.ts";
import { HostError } from "../../src/host/reader.ts";
import { JOURNALS } from "../../src/facts/state-folder.ts";
import { snapshot } from "../support/materialise.ts";
import { Story, undo } from "../support/story.ts";
import { watched } from "../support/watched-host.ts";

let outside: string;
let story: Story;
beforeEach(() => {
  outside = fs.mkdtempSync(join(tmpdir(), "hostcfg-outside-"));
  fs.writeFileSync(join(outside, "canary"), "precious");
  fs.mkdirSync(join(outside, "folder"));
  fs.writeFileSync(join(outside, "folder/canary"), "precious");
  story = new Story({ devices: false });
});
afterEach(() => {
  story.remove();
  fs.rmSync(outside, { recursive: true });
});

/** An apply and the undo of it: all that hostcfg ever writes on a host. */
async function applyAndUndo(host: Host, isEnough: () => boolean = () => false): Promise<void> {
  try {
    const outcome = await story.apply(host);
    if (outcome.status === "applied" && !isEnough()) await undo(host, "0001");
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}

/** Puts a link in the place of what stands at a path of the host, which goes on at the link's end where it is a folder. */
function plant(path: string, to: string): void {
  const real = join(story.root, path);
  if (!fs.existsSync(dirname(real))) return;
  const isFolder = fs.lstatSync(real, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder) fs.cpSync(real, join(outside, "copy"), { recursive: true, verbatimSymlinks: true });
  fs.rmSync(real, { recursive: true, force: true });
  fs.symlinkSync(isFolder ? join(outside, "copy") : to, real);
}

describe("a link that is planted right before hostcfg writes", () => {
  it("leads no write out of the root, whatever path it stands at, or whatever folder", async () => {
    // Path -> the call that writes there first. Logs apart: here a stand-in writes them (see test/host/traps.test.ts).
    const writes = new Map<string, string>();
    await applyAndUndo(
      watched(story.host(), (call, path) => {
        if (call !== "exec" && !writes.has(path)) writes.set(path, call);
      }),
    );
    for (const path of [
      "/var/lib/hostcfg/lock",
      `${JOURNALS}/0001/plan.json`,
      `${JOURNALS}/0001/events.jsonl`,
      `${JOURNALS}/0002/before/01-1.json`,
      "/boot/vmlinuz",
      "/boot/efi/loader/loader.conf",
      "/etc/kernel/prerm.d/zzz-hostcfg",
    ])
      expect([...writes.keys()]).toContain(path);
    expect([...writes.keys()].some((path) => path.startsWith("/var/lib/hostcfg/inputs/"))).toBe(true);

    const folders = new Map([...writes.keys()].map((path) => [dirname(path), path]));
    folders.delete("/");
    // One pre-image is as another, and the record of an undo is as that of an apply.
    const paths = [...writes.keys()].filter((path) => !/before\/(?!01-1)|\/0002/.test(path));
    for (const folder of folders.keys()) if (folder.includes("/0002")) folders.delete(folder);
    const traps = [
      ...paths.map((path) => ({ at: path, write: path })),
      ...[...folders].map(([folder, path]) => ({ at: folder, write: path })),
    ];
    for (const { at, write } of traps) {
      story.remove();
      story = new Story({ devices: false });
      fs.rmSync(join(outside, "copy"), { recursive: true, force: true });
      let before: string | undefined;
      const host = watched(story.host(), (call, path) => {
        if (before !== undefined || path !== write || call !== writes.get(write)) return;
        plant(at, join(outside, "canary"));
        before = snapshot(outside);
      });
      await applyAndUndo(host, () => before !== undefined);
      expect([at, before !== undefined && snapshot(outside) === before]).toEqual([at, true]);
    }
    expect(traps.length).toBeGreaterThan(30);
  });
});
