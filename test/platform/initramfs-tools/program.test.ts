import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OWN_MKINITRAMFS } from "../../../src/platform/initramfs-tools/program.ts";

const RELEASE = "6.1.0-26-amd64";
/** As initramfs-tools 0.142 calls it: the new initrd beside the old one, which it takes the place of where that ended well. */
const UPDATE = `#!/bin/sh
if mkinitramfs -o FOLDER/boot/initrd.img-$1.new "$1"; then
  mv -f FOLDER/boot/initrd.img-$1.new FOLDER/boot/initrd.img-$1
else
  status=$?
  rm -f FOLDER/boot/initrd.img-$1.new
  exit $status
fi
`;
const REAL = `#!/bin/sh
echo "the new one" >"$2"
`;

describe("the mkinitramfs of an apply", () => {
  let folder: string;
  let initrd: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "hostcfg-mkinitramfs-"));
    for (const name of ["boot", "programs", "bin"]) fs.mkdirSync(path.join(folder, name));
    initrd = path.join(folder, `boot/initrd.img-${RELEASE}`);
    fs.writeFileSync(initrd, "the old one");
    const script = OWN_MKINITRAMFS.script(`${folder}/judge`) ?? "";
    place("programs/mkinitramfs", script.replaceAll("/boot/", `${folder}/boot/`));
    place("bin/mkinitramfs", REAL);
    place("bin/update-initramfs", UPDATE.replaceAll("FOLDER", folder));
    placeJudge(0);
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const place = (where: string, script: string): void => {
    fs.writeFileSync(path.join(folder, where), script, { mode: 0o755 });
  };
  const placeJudge = (status: number): void => {
    place("judge", `#!/bin/sh\necho "$@" >${folder}/judged\nexit ${status}\n`);
  };
  const run = (program: string, ...args: readonly string[]): number | null =>
    spawnSync(program, args, {
      env: { PATH: `${folder}/programs:${folder}/bin:/usr/bin:/bin` },
      stdio: "ignore",
    }).status;

  it("has hostcfg look at the new initrd before update-initramfs puts it in the place of the old one", () => {
    expect(run("update-initramfs", RELEASE)).toBe(0);
    expect(fs.readFileSync(path.join(folder, "judged"), "utf8")).toBe(`${initrd}.new ${initrd}\n`);
    expect(fs.readFileSync(initrd, "utf8")).toBe("the new one\n");
  });

  it.each([
    [
      "hostcfg refuses the new one",
      () => {
        placeJudge(1);
      },
      1,
    ],
    [
      "mkinitramfs fails",
      () => {
        place("bin/mkinitramfs", "#!/bin/sh\nexit 3\n");
      },
      3,
    ],
  ])("has the old one stay where %s", (_what, prepare, status) => {
    prepare();
    expect(run("update-initramfs", RELEASE)).toBe(status);
    expect(fs.readFileSync(initrd, "utf8")).toBe("the old one");
    expect(fs.readdirSync(path.join(folder, "boot"))).toEqual([path.basename(initrd)]);
  });

  it("has nothing to do with an initrd that is made elsewhere", () => {
    expect(run("mkinitramfs", "-o", path.join(folder, "elsewhere"), RELEASE)).toBe(0);
    expect(fs.existsSync(path.join(folder, "judged"))).toBe(false);
  });

  it("is none where hostcfg cannot be started", () => {
    expect(OWN_MKINITRAMFS.script(undefined)).toBeUndefined();
  });
});
