import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mkinitcpio } from "../../../src/platform/mkinitcpio/generator.ts";

const RELEASE = "6.12.4-zen1-1-zen";
/** As mkinitcpio 41: with errors it makes the image all the same, and fails at last; for a preset it starts itself. */
const REAL = `#!/usr/bin/env bash
echo "$@" >>FOLDER/ran
if [ "$1" = -p ]; then
  "$0" -k /boot/vmlinuz-linux-zen -g FOLDER/boot/initramfs-linux-zen.img
  exit
fi
for arg do out=$arg; done
cp FOLDER/image "$out"
exit CODE
`;

describe("the mkinitcpio of an apply", () => {
  let folder: string;
  let initrd: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "hostcfg-mkinitcpio-"));
    for (const name of ["boot", "programs", "bin"]) fs.mkdirSync(path.join(folder, name));
    initrd = path.join(folder, "boot/initramfs-linux-zen.img");
    fs.writeFileSync(initrd, "the old one", { mode: 0o600 });
    fs.writeFileSync(path.join(folder, "image"), "the new one");
    const script = mkinitcpio.ownProgram.script(`${folder}/judge`) ?? "";
    place("programs", script.replaceAll("/boot/", `${folder}/boot/`));
    placeJudge(0);
    placeReal(0);
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const place = (where: string, script: string): void => {
    fs.writeFileSync(path.join(folder, where, "mkinitcpio"), script, { mode: 0o755 });
  };
  const placeReal = (code: number): void => {
    place("bin", REAL.replaceAll("FOLDER", folder).replace("CODE", String(code)));
  };
  const placeJudge = (code: number): void => {
    fs.writeFileSync(path.join(folder, "judge"), `#!/bin/sh\nexit ${code}\n`, { mode: 0o755 });
  };
  const run = (...args: string[]): number | null =>
    spawnSync("mkinitcpio", args, {
      env: { PATH: `${folder}/programs:${folder}/bin:/usr/bin:/bin` },
      stdio: "ignore",
    }).status;
  const ran = (): string => fs.readFileSync(path.join(folder, "ran"), "utf8");
  const boot = (): string[] => fs.readdirSync(path.join(folder, "boot"));
  const made = ["--nopost", "--kernel", RELEASE, "--generate"];

  it("has the new initrd take the old one's place once it is whole", () => {
    expect(run(...made, initrd)).toBe(0);
    expect(fs.readFileSync(initrd, "utf8")).toBe("the new one");
    expect(fs.statSync(initrd).mode & 0o777).toBe(0o600);
    expect(ran()).toContain("/boot/.initramfs-linux-zen.img.hostcfg-000000000000");
    expect(boot()).toEqual(["initramfs-linux-zen.img"]);
  });

  it("keeps the old one where a build has errors", () => {
    placeReal(1);
    expect(run(...made, initrd)).toBe(1);
    expect(fs.readFileSync(initrd, "utf8")).toBe("the old one");
    expect(boot()).toEqual(["initramfs-linux-zen.img"]);
  });

  it("keeps the old one where hostcfg refuses the new one, that of a preset too", () => {
    placeJudge(1);
    expect(run(...made, initrd)).toBe(1);
    expect(run("-p", "linux-zen")).toBe(1);
    expect(fs.readFileSync(initrd, "utf8")).toBe("the old one");
    expect(boot()).toEqual(["initramfs-linux-zen.img"]);
  });

  it("does so where a hook of pacman's has it make what a preset says", () => {
    expect(run("-p", "linux-zen")).toBe(0);
    expect(fs.readFileSync(initrd, "utf8")).toBe("the new one");
    expect(ran()).toMatch(/^-p linux-zen\n-k .*\.initramfs-linux-zen\.img\.hostcfg-000000000000\n$/);
    placeReal(1);
    fs.writeFileSync(initrd, "the old one");
    expect(run("-p", "linux-zen")).toBe(1);
    expect(fs.readFileSync(initrd, "utf8")).toBe("the old one");
  });
});
