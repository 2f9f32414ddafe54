import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OWN_DRACUT } from "../../../src/platform/dracut/program.ts";

const RELEASE = "6.12.48+deb13-amd64";
/** As Debian's up to 106: the finished image over the old one, which is removed where that fails; then the hooks. */
const REAL = `#!/bin/sh
for arg do case $arg in *initrd*) out=$arg;; esac; done
echo "$@" >>FOLDER/ran
HALF
cp FOLDER/image "$out" || { rm -f "$out"; exit 1; }
AFTER
# run-parts of post-update.d
[ -n "$NO_POST_UPDATE_HOOKS" ] || echo hooks >>FOLDER/ran
`;

describe("the dracut of an apply", () => {
  let folder: string;
  let initrd: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "hostcfg-dracut-"));
    for (const name of ["boot", "programs", "bin", "hooks"]) fs.mkdirSync(path.join(folder, name));
    initrd = path.join(folder, `boot/initrd.img-${RELEASE}`);
    fs.writeFileSync(initrd, "the old one", { mode: 0o640 });
    fs.writeFileSync(path.join(folder, "image"), "the new one");
    placeOwn(`'${folder}/it'"'"'s hostcfg' 'judge-initrd'`);
    placeJudge(0);
    place("hooks/loader", `#!/bin/sh\necho hook "$@" "$(cat "$2")" >>${folder}/ran\n`);
    placeReal();
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const place = (where: string, script: string): void => {
    fs.writeFileSync(path.join(folder, where), script, { mode: 0o755 });
  };
  const placeOwn = (judge?: string): void => {
    const script = OWN_DRACUT.script(judge) ?? "";
    place(
      "programs/dracut",
      script
        .replaceAll("/boot/", `${folder}/boot/`)
        .replaceAll("/etc/initramfs/post-update.d", `${folder}/hooks`),
    );
  };
  const placeJudge = (status: number): void => {
    place(
      "it's hostcfg",
      `#!/bin/sh\necho judged "$1" "$(cat "$2")" "$(cat "$3")" >>${folder}/ran\nexit ${status}\n`,
    );
  };
  const placeReal = ({ half = "", after = "", text = REAL } = {}): void => {
    place(
      "bin/dracut",
      text
        .replace("HALF", () => half)
        .replace("AFTER", () => after)
        .replaceAll("FOLDER", folder),
    );
  };
  const run = (out = initrd, env = {}): number | null =>
    spawnSync("dracut", ["-q", "--force", out, RELEASE], {
      env: { PATH: `${folder}/programs:${folder}/bin:/usr/bin:/bin`, ...env },
      stdio: "ignore",
    }).status;
  const text = (): string => fs.readFileSync(initrd, "utf8");
  const ran = (): string => fs.readFileSync(path.join(folder, "ran"), "utf8");
  const names = (): string[] => fs.readdirSync(path.join(folder, "boot"));

  it("puts the new initrd in the place of the old one, which stays whole for whoever has it open", () => {
    const old = fs.openSync(initrd, "r");
    try {
      expect(run()).toBe(0);
      expect(fs.readFileSync(old, "utf8")).toBe("the old one");
    } finally {
      fs.closeSync(old);
    }
    expect(text()).toBe("the new one");
    expect(fs.statSync(initrd).mode & 0o777).toBe(0o640);
    expect(names()).toEqual([path.basename(initrd)]);
  });

  it("makes one where there was none", () => {
    fs.rmSync(initrd);
    expect(run()).toBe(0);
    expect(text()).toBe("the new one");
  });

  it("has the loader's hooks run behind the rename, with the initrd's own name, as dracut does", () => {
    expect(run()).toBe(0);
    expect(ran().split("\n").slice(2)).toEqual([`hook ${RELEASE} ${initrd} the new one`, ""]);
  });

  it("runs no hook where dracut does not, or where it was told not to", () => {
    expect(run(initrd, { NO_POST_UPDATE_HOOKS: "1" })).toBe(0);
    placeReal({ text: REAL.replace("# run-parts of post-update.d", "") });
    expect(run()).toBe(0);
    expect(ran()).not.toContain("hook ");
  });

  it.each([
    ["fails", "exit 3", 3],
    ["is killed", "kill -KILL $$", 137],
    ["cannot copy the image", "rm FOLDER/image", 1],
  ])("leaves the old one where dracut %s", (_what, half, status) => {
    placeReal({ half });
    expect(run()).toBe(status);
    expect(text()).toBe("the old one");
    expect(names()).toEqual([path.basename(initrd)]);
  });

  it("leaves the old one where dracut ends well and made none, as for a kernel that takes no initrd", () => {
    placeReal({ half: "exit 0" });
    expect(run()).toBe(0);
    expect(text()).toBe("the old one");
  });

  it("does not take an empty one for an initrd", () => {
    placeReal({ after: ': >"$out"' });
    expect(run()).toBe(1);
    expect(text()).toBe("the old one");
  });

  it("has hostcfg look at the new one while the old one still stands", () => {
    expect(run()).toBe(0);
    expect(ran().split("\n")[1]).toBe("judged judge-initrd the new one the old one");
  });

  it("leaves the old one where hostcfg refuses the new one, and runs no hook", () => {
    placeJudge(1);
    expect(run()).toBe(1);
    expect(text()).toBe("the old one");
    expect(names()).toEqual([path.basename(initrd)]);
    expect(ran()).not.toContain("hook ");
  });

  it("says that it is looked at afterwards where hostcfg cannot be started", () => {
    placeOwn();
    const { status, stderr } = spawnSync("dracut", ["--force", initrd, RELEASE], {
      env: { PATH: `${folder}/programs:${folder}/bin:/usr/bin:/bin` },
      encoding: "utf8",
    });
    expect([status, text()]).toEqual([0, "the new one"]);
    expect(stderr).toContain("the new initrd is only looked at once it is in its place");
  });

  it("has nothing to do with an image that is made elsewhere", () => {
    const elsewhere = path.join(folder, "staging-initrd");
    expect(run(elsewhere)).toBe(0);
    expect(fs.readFileSync(elsewhere, "utf8")).toBe("the new one");
    expect(ran()).toContain("hooks\n");
  });
});
