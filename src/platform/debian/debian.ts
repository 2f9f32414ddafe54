import type { KernelLayout, Platform } from "../platform.ts";
import { known } from "../../facts/fact.ts";
import { readArchitecture } from "./architecture.ts";
import { packageCommand, packageLocks, withSearchPath } from "./commands.ts";
import { nameInFile, readDeb } from "./deb.ts";
import { unmetDependencies } from "./dependencies.ts";
import { withReleasesInImages } from "./image-release.ts";
import { bringsNewerKernels, isFileList, kernelByName, kernelLines, kernelOf } from "./kernel-of.ts";
import { readKernels } from "./kernels.ts";
import { imagePath, initrdPath, kernelFileAt, modulesFolder } from "./layout.ts";
import { readPackages, readVersions } from "./packages.ts";
import { linkFolder } from "./link-folder.ts";
import { compareDebianVersions, newestFirst } from "./version.ts";

/** Debian and its kin (Ubuntu, Pop!_OS, Proxmox): dpkg and apt, and kernels in /boot under their releases. */
export const debian: Platform = {
  packages: {
    name: "dpkg",
    read: readPackages,
    readVersions,
    readArchitecture,
    readFile: readDeb,
    nameInFile,
    kernelOf,
    kernelByName,
    bringsNewerKernels,
    command: packageCommand,
    withSearchPath,
    locks: packageLocks,
    compareVersions: compareDebianVersions,
    unmet: unmetDependencies,
    needless: (name) =>
      name === "linux-libc-dev"
        ? "linux-libc-dev is not needed to boot a kernel, and it replaces the headers that programs are built with"
        : undefined,
    words: {
      repository: "the host's apt sources",
      imagePackage: (release) => `linux-image-${release}`,
      install: (name) => `sudo apt install ${name}`,
      reinstall: (name) => `sudo apt install --reinstall ${name}`,
      remove: (name) => `sudo apt remove ${name}`,
      installVersion: (name, version) => `sudo apt-get install ${name}=${version}`,
      versionsOf: (name) => `apt-cache madison ${name}`,
      refresh: "sudo apt update",
      hold: (names) => `sudo apt-mark hold ${names.join(" ")}`,
    },
    shortened: (path) => (isFileList(path) ? kernelLines : undefined),
  },
  readKernels: (reader) => {
    const found = readKernels(reader);
    return found.known ? known(withReleasesInImages(reader, found.value)) : found;
  },
  layout: () => LAYOUT,
};

/** Every file of a kernel has its release in its name, so none needs to be asked for. */
const LAYOUT: KernelLayout = {
  image: imagePath,
  initrd: initrdPath,
  modules: modulesFolder,
  fileAt: kernelFileAt,
  newestFirst,
  linkFolder,
  links: ["vmlinuz", "initrd.img", "vmlinuz.old", "initrd.img.old"],
};
