import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_INITRD, menuScript } from "../../../src/boot/grub/menu-program.ts";
import { MENU } from "../../../src/boot/grub/probe.ts";
import { MENUS } from "./real-menus.ts";
import { isTemporaryName } from "../../../src/host/temporary-name.ts";

/** As Debian's: a file with `.new` added to its name, and that over the file by cat; of two `-o` the last counts. */
const MKCONFIG = `#!/bin/sh
set -e
cfg=MENU
while [ $# -gt 0 ]; do case $1 in -o) cfg=$2; shift 2;; *) shift;; esac; done
echo "a new menu" >"$cfg.new"
AFTER_NEW
cat "$cfg.new" >"$cfg"
AFTER_CAT
rm -f "$cfg.new"
`;

const PROGRAM = "update-grub";

describe("the update-grub of an apply", () => {
  let folder: string;
  let menu: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "hostcfg-menu-"));
    menu = path.join(folder, "boot/grub.cfg");
    for (const name of ["boot", "programs", "bin"]) fs.mkdirSync(path.join(folder, name));
    fs.writeFileSync(menu, "the old menu\n");
    fs.chmodSync(menu, 0o444);
    place("programs", menuScript(PROGRAM).replaceAll(MENU, menu));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  function place(where: string, script: string): void {
    fs.writeFileSync(path.join(folder, where, PROGRAM), script, { mode: 0o755 });
  }

  function placeReal({ afterNew = "", afterCat = "" } = {}): void {
    place(
      "bin",
      MKCONFIG.replace("MENU", menu).replace("AFTER_NEW", afterNew).replace("AFTER_CAT", afterCat),
    );
  }

  const run = (): number | null =>
    spawnSync(PROGRAM, [], {
      env: { PATH: `${folder}/programs:${folder}/bin:/usr/bin:/bin` },
      stdio: "ignore",
    }).status;
  const names = (): string[] => fs.readdirSync(path.join(folder, "boot"));

  it("puts the new menu in the place of the old one, which stays whole for whoever has it open", () => {
    placeReal();
    const old = fs.openSync(menu, "r");
    try {
      expect(run()).toBe(0);
      expect(fs.readFileSync(old, "utf8")).toBe("the old menu\n");
    } finally {
      fs.closeSync(old);
    }
    expect(fs.readFileSync(menu, "utf8")).toBe("a new menu\n");
    expect(fs.statSync(menu).mode & 0o777).toBe(0o444);
    expect(names()).toEqual(["grub.cfg"]);
  });

  it("leaves the old menu where the real one fails, with its exit code and nothing beside", () => {
    placeReal({ afterNew: "exit 3" });
    expect(run()).toBe(3);
    expect(fs.readFileSync(menu, "utf8")).toBe("the old menu\n");
    expect(names()).toEqual(["grub.cfg"]);
  });

  it("is content with one that knows no -o and has written the menu itself", () => {
    place("bin", `#!/bin/sh\necho "its own menu" >${menu}.new && mv -f ${menu}.new ${menu}\n`);
    expect(run()).toBe(0);
    expect(fs.readFileSync(menu, "utf8")).toBe("its own menu\n");
    expect(names()).toEqual(["grub.cfg"]);
  });

  it("has the file system written to its place before the new menu takes the name, and again before the old one goes", () => {
    placeReal();
    const [called, boot] = [path.join(folder, "called"), path.join(folder, "boot")];
    fs.writeFileSync(
      path.join(folder, "bin/sync"),
      `#!/bin/sh\necho "$1" $(cat ${boot}/grub.cfg ${boot}/.grub.cfg.hostcfg-*) >>${called}\n`,
      { mode: 0o755 },
    );
    expect(run()).toBe(0);
    const calls = fs.readFileSync(called, "utf8").trimEnd().split("\n");
    expect(calls.filter((call) => call.startsWith("--file-system"))).toEqual([
      "--file-system the old menu a new menu",
      "--file-system a new menu the old menu",
    ]);
    expect(names()).toEqual(["grub.cfg"]);
  });

  it.each([
    ["the new one is half made", { afterNew: "kill -KILL $PPID $$" }],
    ["it was about to take the place of the old one", { afterCat: "kill -KILL $PPID $$" }],
  ])(
    "leaves the old menu where all is killed when %s, and names that the next apply clears away",
    (_, at) => {
      placeReal(at);
      expect(run()).toBeNull();
      expect(fs.readFileSync(menu, "utf8")).toBe("the old menu\n");
      const left = names().filter((name) => name !== "grub.cfg");
      expect(left).not.toEqual([]);
      expect(left.filter((name) => !isTemporaryName(name))).toEqual([]);
      placeReal();
      expect(run()).toBe(0);
      expect(names()).toEqual(["grub.cfg"]);
    },
  );

  it("replaces what a link leads to, and makes a menu where there is none", () => {
    placeReal();
    const real = path.join(folder, "bin/real.cfg");
    fs.renameSync(menu, real);
    fs.symlinkSync(real, menu);
    expect(run()).toBe(0);
    expect(fs.readlinkSync(menu)).toBe(real);
    expect(fs.readFileSync(real, "utf8")).toBe("a new menu\n");
    fs.rmSync(menu);
    expect(run()).toBe(0);
    expect(fs.readFileSync(menu, "utf8")).toBe("a new menu\n");
  });

  describe("where the default has an initrd", () => {
    const NEW = [
      "menuentry 'new' --id 'gnulinux-6.9.0-advanced-u' {",
      "  linux /vmlinuz-6.9.0 root=/dev/sda2",
      "}",
    ];
    const OLD = [
      "menuentry 'old' --id 'gnulinux-6.1.0-advanced-u' {",
      "  linux /vmlinuz-6.1.0 root=/dev/sda2",
      "  initrd /initrd.img-6.1.0",
      "}",
    ];
    const menuOf = (chosen: string, ...entries: readonly (readonly string[])[]): string =>
      [`  set default="\${next_entry}"`, `  set default="${chosen}"`, ...entries.flat(), ""].join("\n");
    const makes = (text: string): void => {
      fs.writeFileSync(path.join(folder, "next"), text);
      placeReal({ afterNew: `cat ${folder}/next >"$cfg.new"` });
    };
    beforeEach(() => {
      fs.chmodSync(menu, 0o644);
      fs.writeFileSync(menu, menuOf("0", OLD));
    });

    it.each([
      ["0", ""],
      ["gnulinux-advanced-u>gnulinux-6.9.0-advanced-u", ""],
      ["a name that is gone", ""],
      ["${saved_entry}", "saved_entry=new\n"],
    ])("keeps the menu where the new one's default, %s, has none", (chosen, saved) => {
      fs.writeFileSync(path.join(folder, "boot/grubenv"), saved);
      makes(menuOf(chosen, NEW, OLD));
      expect(run()).toBe(1);
      expect(fs.readFileSync(menu, "utf8")).toBe(menuOf("0", OLD));
      expect(names()).toEqual(["grub.cfg", "grubenv"]);
    });

    it.each(["gnulinux-advanced-u>gnulinux-6.1.0-advanced-u", "old", "1"])(
      "takes a menu whose default, %s, has one although another entry has none",
      (chosen) => {
        makes(menuOf(chosen, NEW, OLD));
        expect(run()).toBe(0);
        expect(fs.readFileSync(menu, "utf8")).toBe(menuOf(chosen, NEW, OLD));
      },
    );

    it("keeps out none of the menus of which the real GRUB said that the default has one", () => {
      const asked = MENUS.filter(({ files }) => files["grubenv"]?.includes("next_entry=") !== true);
      const refused = asked.filter(({ files }) => {
        const saved = /^saved_entry=(.*)$/m.exec(files["grubenv"] ?? "")?.[1] ?? "";
        const { stdout } = spawnSync("awk", ["-v", "q='", "-v", `saved=${saved}`, DEFAULT_INITRD], {
          input: files["grub.cfg"],
          encoding: "utf8",
        });
        expect(["with\n", "without\n", "other\n"]).toContain(stdout);
        return stdout === "without\n";
      });
      const wrongly = refused.filter(({ answers }) =>
        Object.values(answers).every(({ linux, initrd }) => linux === undefined || initrd !== undefined),
      );
      expect(wrongly.map(({ what }) => what)).toEqual([]);
      expect(asked.length).toBeGreaterThan(50);
    });
  });

  it("does nothing where there is no real one, as the hooks that ask for it would", () => {
    expect(run()).toBe(0);
    expect([fs.readFileSync(menu, "utf8"), names()]).toEqual(["the old menu\n", ["grub.cfg"]]);
  });

  it("is found by what a command starts, in front of the real one", () => {
    placeReal();
    const env = { PATH: `${folder}/programs:${folder}/bin:/usr/bin:/bin` };
    execFileSync("sh", ["-c", `command -v ${PROGRAM} >/dev/null && exec ${PROGRAM}`], { env });
    expect(names()).toEqual(["grub.cfg"]);
    expect(fs.readFileSync(menu, "utf8")).toBe("a new menu\n");
  });

  it("stands for grub-mkconfig as well, where that is run by its own name for the menu", () => {
    const name = "grub-mkconfig";
    for (const [where, script] of [
      ["programs", menuScript(name).replaceAll(MENU, menu)],
      ["bin", MKCONFIG.replace("MENU", menu).replace(/AFTER_\w+/g, "")],
    ] as const)
      fs.writeFileSync(path.join(folder, where, name), script, { mode: 0o755 });
    const inode = fs.statSync(menu).ino;
    execFileSync(name, ["-o", menu], { env: { PATH: `${folder}/programs:${folder}/bin:/usr/bin:/bin` } });
    expect(fs.readFileSync(menu, "utf8")).toBe("a new menu\n");
    expect([fs.statSync(menu).ino === inode, names()]).toEqual([false, ["grub.cfg"]]);
  });
});
