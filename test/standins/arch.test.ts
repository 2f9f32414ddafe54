import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LinkReader } from "../../src/host/link-reader.ts";
import { RootTree } from "../../src/host/root-tree.ts";
import { arch } from "../../src/platform/arch/arch.ts";
import { readKernels } from "../../src/platform/arch/kernels.ts";
import { captureOf } from "../support/host.ts";
import { kernelHead } from "../support/kernel-head.ts";
import { materialise } from "../support/materialise.ts";
import { tar } from "../support/tar.ts";
import type { Faults } from "./machine.ts";
import { machineOf } from "./machine.ts";

const [OLD, NEW] = ["6.12.4-zen1-1-zen", "6.12.5-zen1-1-zen"];
const LOCAL = "/var/lib/pacman/local";

describe("pacman and mkinitcpio, as their stand-ins have it", () => {
  let root: string;
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "hostcfg-arch-"));
    const files = {
      "/boot/vmlinuz-linux-zen": { kind: "file", base64: kernelHead(OLD).toString("base64") } as const,
      "/boot/initramfs-linux-zen.img": `initrd of ${OLD}\n`,
      [`/usr/lib/modules/${OLD}/pkgbase`]: "linux-zen\n",
      [`/usr/lib/modules/${OLD}/vmlinuz`]: "",
      [`${LOCAL}/linux-zen-6.12.4.zen1-1/desc`]: "%NAME%\nlinux-zen\n\n%VERSION%\n6.12.4.zen1-1\n\n",
      [`${LOCAL}/linux-zen-6.12.4.zen1-1/files`]: `%FILES%\nusr/lib/modules/${OLD}/pkgbase\nusr/lib/modules/${OLD}/vmlinuz\n`,
      "/etc/hostname": "loft\n",
    };
    materialise(captureOf(files), root);
    fs.writeFileSync(
      path.join(root, "new.pkg.tar"),
      tar([
        { path: "/.PKGINFO", content: "pkgname = linux-zen\npkgver = 6.12.5.zen1-1\narch = x86_64\n" },
        { path: `/usr/lib/modules/${NEW}/pkgbase`, content: "linux-zen\n" },
        { path: `/usr/lib/modules/${NEW}/vmlinuz`, content: kernelHead(NEW) },
      ]),
    );
  });
  afterEach(() => {
    fs.rmSync(root, { recursive: true });
  });
  const upgrade = (faults: Faults = {}, moment: (about: string) => void = () => undefined) =>
    machineOf(root, faults, moment).run(["pacman", "-U", "--noconfirm", "/new.pkg.tar"]);
  const reader = () => new LinkReader(new RootTree({ root, commands: "none" }));
  const kernels = () => {
    const found = readKernels(reader());
    return found.known ? found.value : [];
  };

  it("an upgrade takes the place of the kernel that has its name", async () => {
    expect(upgrade().exitCode).toBe(0);
    expect(kernels()).toMatchObject([
      { release: NEW, name: "linux-zen", image: {}, initrd: { size: 28 }, modules: true },
    ]);
    expect(await arch.packages.read(reader())).toMatchObject({
      value: [{ name: "linux-zen", version: "6.12.5.zen1-1", kernel: { release: NEW, name: "linux-zen" } }],
    });
  });

  it("a hook that fails is no failure of pacman, and leaves no initrd", () => {
    const { exitCode, stderr } = upgrade({ mkinitcpio: "fail" });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("command failed to execute correctly")]);
    expect(kernels()[0]?.initrd).toBeUndefined();
  });

  it("in between there is neither image nor initrd", () => {
    const seen: number[] = [];
    upgrade({}, (about) => {
      if (about === "the old kernel is gone") seen.push(kernels().filter((one) => one.image).length);
    });
    expect(seen).toEqual([0]);
  });
});
