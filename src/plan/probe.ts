import { posix } from "node:path";
import { releaseToJudge } from "../boot/check.ts";
import { readBootLoader } from "../boot/detect/detect.ts";
import { withDigests } from "../boot/bls/digests.ts";
import { readAcsOverride, wantsAcsOverride } from "../facts/acs-of-spec.ts";
import { readAddedOptions } from "../facts/added-options.ts";
import { readBootPaths } from "../facts/boot-paths.ts";
import { readDeb } from "../platform/debian/deb.ts";
import { attempt, known } from "../facts/fact.ts";
import { readHostDevices } from "../facts/host-devices.ts";
import { readIdentity } from "../facts/identity.ts";
import { readArchitecture } from "../platform/debian/architecture.ts";
import { readInitramfs } from "../platform/initramfs.ts";
import { withOlderThan } from "../platform/initrd-age.ts";
import { readIommu } from "../facts/iommu.ts";
import { withReleasesInImages } from "../platform/debian/image-release.ts";
import { readKernels } from "../platform/debian/kernels.ts";
import { readUnmounted } from "../facts/fstab.ts";
import { readMounts } from "../facts/mounts.ts";
import { readSigned } from "../facts/pe-image.ts";
import { readPackages } from "../platform/debian/packages.ts";
import { readRootUuid } from "../facts/root-uuid.ts";
import { readRunning } from "../facts/running.ts";
import type { Reader } from "../host/reader.ts";
import type { BootLoaderFacts, DebFact, Fact, HostState, KernelFact, VfioFacts } from "../model/index.ts";
import { readPciDevices } from "../pci/devices.ts";
import { resolveDevices } from "../pci/named-devices.ts";
import { readVfio } from "../pci/vfio-facts.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import { withCutRemovals } from "./cut-removals.ts";

/**
 * Reads the whole state of a host. What is read depends on the spec only where it names paths, so a capture
 * taken with a spec answers every later plan of it.
 */
export async function probe(reader: Reader, spec?: HostSpec): Promise<HostState> {
  const identity = readIdentity(reader, await readArchitecture(reader));
  const running = readRunning(reader);
  const mounts = readMounts(reader);
  const unmounted = readUnmounted(reader, mounts);
  const initramfs = readInitramfs(reader);
  const found = readKernels(reader);
  const kernels = found.known
    ? known(withOlderThan(reader, withReleasesInImages(reader, found.value), initramfs))
    : found;
  const bootLoader = withCutRemovals(reader, readBootLoader(reader, { identity, running, mounts }));
  const pci = readPciDevices(reader);
  const state: HostState = {
    identity,
    running,
    packages: await readPackages(reader),
    kernels: comparable(reader, kernels, bootLoader, spec?.kernel?.release),
    initramfs,
    bootFreeBytes: attempt("the free space of /boot", () => reader.freeBytes("/boot")),
    bootPaths: readBootPaths(reader, namedPaths(spec)),
    mounts,
    ...(unmounted.length === 0 ? {} : { unmounted }),
    rootUuid: await readRootUuid(reader, mounts),
    bootLoader,
    addedOptions: readAddedOptions(reader),
    pci,
    iommu: readIommu(reader),
    hostDevices: readHostDevices(reader, mounts),
  };
  if (spec === undefined) return state;
  const judged = releaseToJudge(state, spec);
  const vfio = spec.vfio === undefined ? undefined : await readVfioOf(reader, spec, state, judged);
  const acsOverride = await readAcsOverride(reader, running, spec, judged);
  return {
    ...state,
    kernels: withSignature(reader, state, judged),
    ...(vfio === undefined ? {} : { vfio }),
    ...(acsOverride === undefined ? {} : { acsOverride }),
  };
}

function readVfioOf(
  reader: Reader,
  { devices = {}, vfio }: HostSpec,
  { pci, running }: HostState,
  release: Fact<string>,
): Promise<VfioFacts> {
  const { byName } = resolveDevices(devices, pci.known ? pci.value : []);
  const functions = vfio?.devices.flatMap((name) => byName.get(name)?.functions ?? []) ?? [];
  return readVfio(reader, functions, { release, running: running.release });
}

/** Reads the .deb files that a spec names, on the machine that runs hostcfg. */
export async function probeDebs(
  workspace: Reader,
  spec: HostSpec,
  specPath: string,
): Promise<readonly DebFact[]> {
  const debs: DebFact[] = [];
  const options = { acsPatches: wantsAcsOverride(spec) };
  for (const entry of spec.kernel?.packages ?? []) {
    if (!("file" in entry)) continue;
    const path = posix.resolve(posix.dirname(specPath), entry.file);
    debs.push(await readDeb(workspace, entry.file, path, options));
  }
  return debs;
}

function comparable(
  reader: Reader,
  kernels: Fact<readonly KernelFact[]>,
  bootLoader: BootLoaderFacts,
  declared: string | undefined,
): Fact<readonly KernelFact[]> {
  if (!kernels.known) return kernels;
  const { kernelstub, systemdBoot } = bootLoader;
  const entries = [kernelstub?.entries, systemdBoot?.entries].flatMap((fact) =>
    fact?.known === true ? fact.value : [],
  );
  return known(withDigests(reader, kernels.value, entries, kernelstub === undefined ? undefined : declared));
}

/** Only where it decides whether the host starts: reading an image costs little, but nobody else asks. */
function withSignature(
  reader: Reader,
  { kernels, bootLoader }: HostState,
  judged: Fact<string>,
): Fact<readonly KernelFact[]> {
  const { secureBoot } = bootLoader.firmware;
  if (!kernels.known || !secureBoot.known || !secureBoot.value || !judged.known) return kernels;
  return known(
    kernels.value.map((kernel) =>
      kernel.release === judged.value && kernel.image !== undefined
        ? { ...kernel, signed: readSigned(reader, kernel.image.path) }
        : kernel,
    ),
  );
}

/** The links that the spec declares, and the files that they shall name. */
function namedPaths(spec: HostSpec | undefined): string[] {
  return Object.entries(spec?.bootSymlinks ?? {}).flatMap(([path, target]) => [
    path,
    posix.dirname(path),
    posix.resolve(posix.dirname(path), target),
  ]);
}
