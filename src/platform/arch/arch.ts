import { unknown } from "../../facts/fact.ts";
import type { Platform } from "../platform.ts";
import { packageCommand } from "./commands.ts";
import { descLines, isDesc, readArchitecture, readPackages } from "./database.ts";
import { isFileList, kernelByName, kernelLines, kernelOf } from "./kernel-of.ts";
import { readKernels } from "./kernels.ts";
import { layout } from "./layout.ts";
import { nameInFile, readPackageFile } from "./package-file.ts";
import { LOCK_FILE } from "./settings.ts";
import { compareVersions } from "./version.ts";

/** Arch and its kin (EndeavourOS, CachyOS, Manjaro): pacman, and kernels in /boot under the names of their packages. */
export const arch: Platform = {
  packages: {
    name: "pacman",
    read: (reader) => Promise.resolve(readPackages(reader)),
    readVersions: (_reader, name) =>
      Promise.resolve(unknown(`pacman's repositories have ${name} in their newest version only`)),
    readArchitecture: (reader) => Promise.resolve(readArchitecture(reader)),
    readFile: readPackageFile,
    nameInFile,
    newestOnly: {
      why: "pacman's repositories have each package in its newest version only",
      hint: (name, version) =>
        `declare its file with its sha256: of what was installed before, pacman keeps /var/cache/pacman/pkg/${name}-${version}-x86_64.pkg.tar.zst`,
    },
    cannotHold:
      "pacman holds a package by IgnorePkg in /etc/pacman.conf, and Arch does not support a host on which some packages are upgraded and others not",
    kernelOf,
    kernelByName,
    // The package of a kernel is the kernel: its next version takes the place of this one.
    bringsNewerKernels: () => false,
    command: packageCommand,
    withSearchPath: (_action, argv) => argv,
    locks: () => [],
    lockFile: LOCK_FILE,
    compareVersions,
    // pacman takes what is missing from its repositories, or changes nothing.
    unmet: () => [],
    needless: () => undefined,
    words: {
      repository: "pacman's repositories",
      imagePackage: (release) => `the package of the kernel ${release}`,
      install: (name) => `sudo pacman -S ${name}`,
      reinstall: (name) => `sudo pacman -S ${name}`,
      remove: (name) => `sudo pacman -R ${name}`,
      installVersion: (name, version) =>
        `sudo pacman -U /var/cache/pacman/pkg/${name}-${version}-x86_64.pkg.tar.zst`,
      versionsOf: (name) => `ls /var/cache/pacman/pkg/${name}-*`,
      refresh: "sudo pacman -Syu",
      hold: (names) => `IgnorePkg = ${names.join(" ")} in /etc/pacman.conf`,
    },
    shortened: (path) => (isFileList(path) ? kernelLines : isDesc(path) ? descLines : undefined),
  },
  readKernels,
  layout,
};
