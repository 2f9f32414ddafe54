import { releaseInImage } from "../../src/archive/kernel-image.ts";
import { cpio } from "../support/cpio.ts";
import { ownProgram } from "./own-program.ts";
import type { Machine, Program, Ran } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";
import type { RootFolder } from "./root-folder.ts";

const SETTINGS = "/etc/mkinitcpio.conf.d/zz-hostcfg-vfio.conf";

/**
 * mkinitcpio(8) 41, only what hostcfg has it make and `-p NAME`, by which the hook of pacman's has it make what the preset says. The
 * image takes the old one's place by a rename, also where something that the settings name is not there; then it fails.
 */
export const mkinitcpio: Program = (args, machine) => {
  if (args[0] === "-p" && args.length === 2 && args[1] !== undefined) return ofPreset(args[1], machine);
  const [nopost, kernel, release, generate, path, ...more] = args;
  const words = [nopost, kernel, generate].join(" ");
  if (
    words !== "--nopost --kernel --generate" ||
    release === undefined ||
    path === undefined ||
    more.length > 0
  )
    throw untaught("mkinitcpio", args);
  return build(release, path, machine);
};

/** For the release that the image of the preset says itself. */
function ofPreset(name: string, machine: Machine): Ran {
  const { root } = machine;
  const image = `/boot/vmlinuz-${name}`;
  if (!root.exists(image)) return failed(1, `==> ERROR: specified kernel image does not exist: '${image}'\n`);
  const release = releaseInImage(root.read(image)) ?? "";
  return build(release, `/boot/initramfs-${name}.img`, machine);
}

function build(release: string, path: string, machine: Machine): Ran {
  const { root, moment, cutsOff } = machine;
  if (!root.isFolder(`/usr/lib/modules/${release}`))
    return failed(1, `==> ERROR: '/usr/lib/modules/${release}' is not a valid kernel module directory\n`);
  const { image: whole, errors } = imageOf(release, root);
  const image = cutsOff === true ? whole.subarray(0, whole.length / 2) : whole;
  const own = ownProgram("mkinitcpio", machine);
  if (errors !== "" && own.isThere) return failed(1, errors);
  if (own.refuses) return failed(1, own.said);
  moment("the image is made under another name");
  root.replace(path, image, root.exists(path) ? root.mode(path) : 0o600);
  return errors === "" ? succeeded(`==> Initcpio image generation successful\n`) : failed(1, errors);
}

/** A line of text, as recorded hosts have for an initrd; where hostcfg's settings ask for something, an archive with that. */
function imageOf(release: string, root: RootFolder): { readonly image: Buffer; readonly errors: string } {
  if (!root.exists(SETTINGS)) return { image: Buffer.from(`initrd of ${release}\n`), errors: "" };
  const text = root.text(SETTINGS);
  const modules = `/usr/lib/modules/${release}/kernel/drivers/vfio/pci`;
  const asked = /^MODULES=\(vfio_pci /m.test(text);
  const module = (root.isFolder(modules) ? root.names(modules) : []).find((name) =>
    name.startsWith("vfio-pci.ko"),
  );
  const files = [...text.matchAll(/^FILES\+=\((\S+)\)$/gm)].map(([, file = ""]) => file);
  const lost = files.filter((file) => !root.exists(file));
  return {
    image: cpio({
      init: `#!/usr/bin/ash\n# ${release}\n`,
      ...Object.fromEntries(
        files.filter((file) => !lost.includes(file)).map((file) => [file.slice(1), root.text(file)]),
      ),
      ...(asked && module !== undefined
        ? { [`${modules.slice(1)}/${module}`]: root.text(`${modules}/${module}`) }
        : {}),
    }),
    errors: [
      ...(asked && module === undefined ? ["==> ERROR: module not found: 'vfio_pci'\n"] : []),
      ...lost.map((file) => `==> ERROR: file not found: '${file}'\n`),
    ].join(""),
  };
}
