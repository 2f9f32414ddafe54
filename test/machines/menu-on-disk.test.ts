import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, inject, it } from "vitest";
import { menuScript } from "../../src/boot/grub/menu-program.ts";
import { RootHost } from "../../src/host/root-host.ts";
import { asGrubReads } from "./rig/disk-rules.ts";
import { loggedDisk } from "./rig/logged-disk.ts";
import { replay } from "./rig/replay.ts";

const PROGRAM = "update-grub";

const MENU = "/boot/grub/grub.cfg";
const OLD = "# as it was\n".repeat(1000);
const NEW = "# anew\n".repeat(3000);

/** Where `-o` says, in the way of grub-mkconfig. */
const UPDATE_GRUB = `#!/bin/sh
while [ $# -gt 0 ]; do case $1 in -o) menu=$2; shift;; esac; shift; done
cat "$NEW_MENU" >"$menu.new"; cat "$menu.new" >"$menu"; rm "$menu.new"
`;

it.each<[string, (mount: string, scratch: string) => void]>([
  [
    "the update-grub of an apply",
    (mount, scratch) => {
      const own = menuScript(PROGRAM).replaceAll(MENU, join(mount, MENU));
      for (const [name, text] of Object.entries({ own, real: UPDATE_GRUB })) {
        mkdirSync(join(scratch, name));
        writeFileSync(join(scratch, name, PROGRAM), text, { mode: 0o755 });
      }
      writeFileSync(join(scratch, "new"), NEW);
      const env = {
        PATH: `${scratch}/own:${scratch}/real:${process.env["PATH"] ?? ""}`,
        NEW_MENU: join(scratch, "new"),
      };
      expect(spawnSync(PROGRAM, [], { env, stdio: "inherit" }).status).toBe(0);
    },
  ],
  [
    "hostcfg itself, as an undo does",
    (mount) => {
      new RootHost({ root: mount, commands: "none" }).writeFile(MENU, NEW, { mode: 0o644 });
    },
  ],
])(
  "GRUB finds a whole menu without the journal at each moment, and the new one behind %s",
  async (_, act) => {
    const folder = mkdtempSync(join(inject("folder"), "menu-"));
    try {
      const logged = await loggedDisk(
        folder,
        (mount) => {
          mkdirSync(dirname(join(mount, MENU)), { recursive: true });
          writeFileSync(join(mount, MENU), OLD);
        },
        (mount) => {
          act(mount, folder);
        },
      );
      const found = (image: string): string => {
        const menu = asGrubReads(image, MENU);
        return menu === OLD ? "old" : menu === NEW ? "new" : `of ${menu.length} bytes`;
      };
      const { image, states, told } = replay({ ...logged, offset: 0 }, found);
      console.log(`${states} states: ${[...told].map(([what, count]) => `${count} ${what}`).join(", ")}`);
      expect([...told.keys()].sort()).toEqual(["new", "old"]);
      expect(found(image)).toBe("new");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
