import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { actsOf, inFolder } from "./acts.ts";
import { Rig } from "./rig.ts";
import { GRUB, KERNELSTUB, PROXMOX, SYSTEMD_BOOT } from "./stories.ts";

describe.each([...KERNELSTUB, ...GRUB, ...SYSTEMD_BOOT, ...PROXMOX])("$name", (told) => {
  it("runs uncut", async () => {
    await inFolder(async (folder) => {
      const root = join(folder, "root");
      told.make(root);
      const acts = await actsOf(told, folder);
      for (const act of [acts.first, acts.second, acts.undoSecond, acts.undoFirst]) {
        const t = performance.now();
        const tally = await new Rig(root, act).run();
        console.log(
          "##",
          told.name,
          act.name,
          tally.calls,
          JSON.stringify(tally.tried),
          tally.broken.length,
          ((performance.now() - t) / 1000).toFixed(1),
        );
        for (const { fault, what } of tally.broken)
          console.log("  !", fault, "::", what.join(" | ").slice(0, 700));
      }
      expect(1).toBe(1);
    });
  }, 600_000);
});
