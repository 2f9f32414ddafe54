import { posix } from "node:path";
import { cpio } from "../support/cpio.ts";
import { runHooks } from "./hooks.ts";
import { ownProgram } from "./own-program.ts";
import type { Program } from "./program.ts";
import { failed, untaught } from "./program.ts";
import type { RootFolder } from "./root-folder.ts";
import { listModules } from "./update-initramfs.ts";

const SETTINGS = "/etc/dracut.conf.d";
const HOOKS = "/etc/initramfs/post-update.d";

/**
 * dracut(8) 106 as Debian 13 has it, only `[-q] --force IMAGE RELEASE`: the finished image is written over the old one, then
 * the hooks in /etc/initramfs/post-update.d run, and whatever they do it ends well. So it does where something that its
 * settings ask for is not there. `-q` is how Debian's hook for kernels calls it, which has depmod(8) run before.
 */
export const dracut: Program = (args, machine) => {
  const { root, moment, cutsOff } = machine;
  const [initrd, release, ...more] = args.filter((one) => one !== "-q" && one !== "--force");
  if (initrd === undefined || release === undefined || more.length > 0 || !args.includes("--force"))
    throw untaught("dracut", args);
  if (!root.isFolder(`/lib/modules/${release}`))
    return failed(1, `dracut[F]: Cannot find module directory /lib/modules/${release}/\n`);
  if (args.includes("-q")) listModules(root, release);
  const { image: whole, said } = imageOf(release, root);
  const image = cutsOff === true ? whole.subarray(0, whole.length / 2) : whole;
  const own = ownProgram("dracut", machine);
  if (own.refuses) return failed(1, said + own.said);
  if (own.isThere) {
    root.replace(initrd, image, root.exists(initrd) ? root.mode(initrd) : 0o600);
  } else {
    root.overwrite(initrd, image.subarray(0, image.length / 2), 0o600);
    moment("half of the image is copied");
    root.overwrite(initrd, image);
  }
  const { stdout, stderr } = runHooks(HOOKS, release, machine);
  return { exitCode: 0, stdout, stderr: said + stderr };
};

/**
 * A line of text, as recorded hosts have for an initrd; where hostcfg's settings ask for something, an archive with what of
 * that is there.
 */
function imageOf(release: string, root: RootFolder): { readonly image: Buffer; readonly said: string } {
  const texts = (root.isFolder(SETTINGS) ? root.names(SETTINGS) : [])
    .filter((name) => name.startsWith("95-hostcfg-") && name.endsWith(".conf"))
    .map((name) => root.text(posix.join(SETTINGS, name)));
  if (texts.length === 0) return { image: Buffer.from(`initrd of ${release}\n`), said: "" };
  const asked = (key: string): string[] =>
    texts.flatMap((text) =>
      [...text.matchAll(new RegExp(`^${key}\\+=" (.*) "$`, "gm"))].map(([, what = ""]) => what),
    );
  const module = "kernel/drivers/vfio/pci/vfio-pci.ko";
  const drivers = asked("force_drivers");
  const wanted = [
    ...asked("install_items").map((path) => ({ path, as: path.slice(1) })),
    ...drivers.map(() => ({
      path: `/lib/modules/${release}/${module}`,
      as: `usr/lib/modules/${release}/${module}`,
    })),
  ];
  const there = wanted.filter(({ path }) => root.exists(path));
  const lost = wanted.filter((one) => !there.includes(one));
  return {
    image: cpio({
      init: `#!/bin/sh\n# ${release}\n`,
      ...Object.fromEntries(there.map(({ path, as }) => [as, root.text(path)])),
      "etc/cmdline.d/20-force_drivers.conf": drivers.map((name) => `rd.driver.pre=${name}\n`).join(""),
    }),
    said: lost.map(({ path }) => `dracut[E]: FAILED: /usr/lib/dracut/dracut-install ${path}\n`).join(""),
  };
}
