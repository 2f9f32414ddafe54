import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Capture } from "../../../src/host/capture.ts";
import { materialise } from "../../support/materialise.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";
import { makeDisks } from "./disks.ts";
import { PRODUCT, STORY } from "./hostcfg.ts";
import { bundleKernelstub } from "./kernelstub.ts";
import { buildKernel, buildPackage, hookScripts } from "./kernels.ts";
import { Machine } from "./machine.ts";

const HOST = recordedHost("pop-x570");
const PROJECT = fileURLToPath(new URL("../../../", import.meta.url));
const PRESENT_RELEASE = "5.3.0-7625-generic";

/** Of the recorded host, all that is not the work of real tools in the machine. */
const LAID_OVER = [
  "/boot/initrd.img",
  "/boot/initrd.img.old",
  "/boot/initrd.img-5.3.0-24-generic",
  "/boot/vmlinuz",
  "/boot/vmlinuz.old",
  "/boot/efi",
  "/etc/fstab",
  "/etc/hostname",
  "/etc/initramfs/post-update.d/zz-kernelstub",
  "/etc/kernel/postinst.d/zz-kernelstub",
  "/etc/kernelstub",
  "/recovery",
  "/usr/lib/os-release",
  "/usr/share/misc/pci.ids",
  "/var/log/kernelstub.log",
];

/** What the installed kernel's package holds; its initrd is made by the real update-initramfs. */
const PACKAGED = [
  `/boot/System.map-${PRESENT_RELEASE}`,
  `/boot/config-${PRESENT_RELEASE}`,
  `/boot/vmlinuz-${PRESENT_RELEASE}`,
  `/usr/lib/modules/${PRESENT_RELEASE}`,
];

/**
 * Makes the note's host in `folder`: the recorded pop-x570 on a Debian root, its kernel installed by the real dpkg
 * and its ESP filled by kernelstub's stand-in; in {@link STORY} the spec and the packages of the patched kernel.
 */
export async function makeStory(base: string, folder: string): Promise<void> {
  makeDisks(folder, base, recordedRootUuid());
  const machine = new Machine(folder);
  await machine.powerOn();
  const scratch = mkdtempSync(join(tmpdir(), "hostcfg-story-"));
  chmodSync(scratch, 0o755);
  try {
    await installProduct(machine);
    const kernelstub = join(scratch, "kernelstub");
    bundleKernelstub(kernelstub);
    await machine.put(kernelstub, "/usr/bin/kernelstub");

    const recorded = join(scratch, "recorded");
    materialise(recordedPaths(LAID_OVER), recorded);
    await machine.put(recorded, "/");

    const debs = join(scratch, "debs");
    mkdirSync(debs);
    const present = buildPresentKernel(scratch);
    await machine.put(present, "/tmp/present.deb");
    await machine.must("dpkg", "--install", "/tmp/present.deb");

    const patched = buildKernel("5.3.0-acso", debs);
    await machine.must("mkdir", STORY);
    await machine.put(debs, `${STORY}/debs`);
    writeFileSync(join(scratch, "host.yaml"), storySpec([patched.headers, patched.image]));
    await machine.put(join(scratch, "host.yaml"), `${STORY}/host.yaml`);
  } finally {
    rmSync(scratch, { recursive: true });
    await machine.powerOff();
  }
}

/** The recorded host's spec with the checksums of these packages. */
export function storySpec(debs: readonly string[]): string {
  let spec = readFileSync(HOST.spec, "utf8");
  for (const deb of debs) {
    const sha256 = createHash("sha256").update(readFileSync(deb)).digest("hex");
    const entry = new RegExp(`(file: debs/${basename(deb).replaceAll(".", "\\.")}\\s+sha256: )[0-9a-f]{64}`);
    if (!entry.test(spec)) throw new Error(`the recorded host's spec does not name ${basename(deb)}`);
    spec = spec.replace(entry, `$1${sha256}`);
  }
  return spec;
}

async function installProduct(machine: Machine): Promise<void> {
  const bundle = join(PROJECT, "dist");
  if (!existsSync(join(bundle, "hostcfg.js"))) throw new Error("dist/ is not there: npm run build");
  await machine.must("mkdir", PRODUCT);
  await machine.put(bundle, `${PRODUCT}/dist`);
  await machine.put(join(PROJECT, "package.json"), `${PRODUCT}/package.json`);
}

function buildPresentKernel(scratch: string): string {
  const files = join(scratch, "present");
  materialise(recordedPaths(PACKAGED), files);
  // update-initramfs looks there for what the kernel can unpack.
  appendFileSync(join(files, `/boot/config-${PRESENT_RELEASE}`), "CONFIG_RD_GZIP=y\n");
  return buildPackage(
    `linux-image-${PRESENT_RELEASE}`,
    "5.3.0-7625.27",
    files,
    hookScripts(PRESENT_RELEASE),
    scratch,
  );
}

function recordedPaths(wanted: readonly string[]): Pick<Capture, "paths"> {
  const entries = Object.entries(HOST.capture.paths).filter(([path]) =>
    wanted.some((start) => path === start || path.startsWith(`${start}/`)),
  );
  return { paths: Object.fromEntries(entries) };
}

/** The recorded loader entries and the folder on the ESP carry it, so the disk must have it too. */
export function recordedRootUuid(): string {
  const cmdline = HOST.capture.paths["/proc/cmdline"]?.text ?? "";
  const uuid = / root=UUID=(\S+)/.exec(cmdline)?.[1];
  if (uuid === undefined) throw new Error("the recorded host's command line names no root UUID");
  return uuid;
}
