import { posix } from "node:path";
import { releaseToJudge } from "../boot/check.ts";
import { readBootLoader } from "../boot/detect/detect.ts";
import { copiesOn, withEsps } from "../boot/proxmox/read-esps.ts";
import { withDigests } from "../boot/bls/digests.ts";
import { readAcsOverride, wantsAcsOverride } from "../facts/acs-of-spec.ts";
import { readAddedOptions } from "../facts/added-options.ts";
import { readBootPaths } from "../facts/boot-paths.ts";
import { attempt, attemptIfRecorded, known } from "../facts/fact.ts";
import { readHostDevices } from "../facts/host-devices.ts";
import { readIdentity } from "../facts/identity.ts";
import { readInitramfs } from "../platform/initramfs.ts";
import { withOlderThan } from "../platform/initrd-age.ts";
import { readIommu } from "../facts/iommu.ts";
import { readKernelIommus } from "../facts/kernel-iommu.ts";
import { VFIO_FILES } from "../facts/vfio-files.ts";
import { readUnmounted } from "../facts/fstab.ts";
import { readMounts } from "../facts/mounts.ts";
import { readSigned } from "../facts/pe-image.ts";
import { PLATFORMS, layoutOf, readKernels, readPackageFile, readPackages } from "../platform/platforms.ts";
import { ifRecorded } from "../facts/unrecorded.ts";
import { readRootUuid } from "../facts/root-uuid.ts";
import { readRunning } from "../facts/running.ts";
import type { Reader } from "../host/reader.ts";
import type { BootLoaderFacts, DebFact, Fact, HostState, KernelFact, VfioFacts } from "../model/index.ts";
import { inRealGroups, readPciDevices, withSleepers } from "../pci/devices.ts";
import { resolveDevices } from "../pci/named-devices.ts";
import { readVfio } from "../pci/vfio-facts.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import { namedAndMissing } from "../concerns/packages.ts";
import { withCutRemovals } from "./cut-removals.ts";

/** For who has no spec, and asks what a plan asks of the kernel that boots next all the same. */
export const NOTHING_DECLARED: HostSpec = { apiVersion: "hostcfg/v1" };

/**
 * Reads the whole state of a host. What is read depends on the spec only where it names paths, so a capture
 * taken with a spec answers every later plan of it.
 */
export async function probe(reader: Reader, spec?: HostSpec): Promise<HostState> {
  const { family, packages, architecture } = await readPackages(reader);
  const identity = readIdentity(reader, architecture);
  const running = readRunning(reader);
  const mounts = readMounts(reader);
  const unmounted = readUnmounted(reader, mounts);
  const initramfs = readInitramfs(reader);
  const found = readKernels(reader, { family });
  const kernels = found.known ? known(withOlderThan(reader, found.value, initramfs)) : found;
  const loaders = await withEsps(reader, readBootLoader(reader, { identity, running, mounts }));
  const bootLoader = withCutRemovals(reader, loaders);
  const iommu = readIommu(reader);
  const pci = withSleepersOf(reader, inRealGroups(readPciDevices(reader), iommu), spec?.devices);
  const state: HostState = {
    identity,
    running,
    family,
    packages,
    kernels: comparable(reader, kernels, bootLoader, spec?.kernel?.release),
    initramfs,
    free: {
      boot: attempt("the free space of /boot", () => reader.freeBytes("/boot")),
      usr: freeOf(reader, "/usr"),
      varTmp: freeOf(reader, "/var/tmp", "/var"),
    },
    bootPaths: readBootPaths(reader, namedPaths(spec)),
    mounts,
    ...(unmounted.length === 0 ? {} : { unmounted }),
    rootUuid: await readRootUuid(reader, mounts),
    bootLoader,
    addedOptions: readAddedOptions(reader),
    pci,
    iommu,
    hostDevices: readHostDevices(reader, mounts),
  };
  return withSpec(reader, await withKernels(reader, state, spec), spec);
}

/** Of the kernel that runs and those that may boot next, what they bring for IOMMU groups. */
async function withKernels(reader: Reader, state: HostState, spec: HostSpec | undefined): Promise<HostState> {
  const { release } = state.running;
  const releases = [release, releaseToJudge(state, spec ?? {}), releaseToJudge(state, {})];
  const kernels = await readKernelIommus(
    reader,
    releases.flatMap((one) => (one.known ? [one.value] : [])),
    release.known ? release.value : undefined,
  );
  if (Object.keys(kernels).length === 0) return state;
  return { ...state, iommu: { ...state.iommu, kernels } };
}

async function withSpec(reader: Reader, state: HostState, spec: HostSpec | undefined): Promise<HostState> {
  if (spec === undefined) return state;
  const judged = releaseToJudge(state, spec);
  const bound = spec.vfio !== undefined || hasVfioFiles(reader);
  const vfio = bound ? await readVfioOf(reader, spec, state, judged) : undefined;
  const acsOverride = await readAcsOverride(reader, state.running, spec, judged);
  const versions = await readVersions(reader, state, namedAndMissing(spec, state));
  return {
    ...state,
    ...(spec.bootSymlinks === undefined ? {} : { linkFolder: layoutOf(state).linkFolder(reader) }),
    kernels: withSignature(reader, state, judged),
    ...(versions.length === 0 ? {} : { versions: Object.fromEntries(versions) }),
    ...(vfio === undefined ? {} : { vfio }),
    ...(acsOverride === undefined ? {} : { acsOverride }),
  };
}

async function readVersions(
  reader: Reader,
  { family }: HostState,
  names: readonly string[],
): Promise<readonly (readonly [string, Fact<readonly string[]>])[]> {
  if (!family.known) return [];
  const { packages } = PLATFORMS[family.value];
  return Promise.all(names.map(async (name) => [name, await packages.readVersions(reader, name)] as const));
}

/** What an earlier apply bound shows by hostcfg's own files. Older captures were not asked. */
function hasVfioFiles(reader: Reader): boolean {
  return VFIO_FILES.some((path) => ifRecorded(() => reader.stat(path)) !== undefined);
}

function withSleepersOf(
  reader: Reader,
  pci: HostState["pci"],
  selectors: HostSpec["devices"] = {},
): HostState["pci"] {
  if (!pci.known) return pci;
  const named = [...resolveDevices(selectors, pci.value).byName.values()];
  const addresses = named.flatMap(({ functions }) => functions.map(({ address }) => address));
  return known(withSleepers(reader, pci.value, new Set(addresses)));
}

function readVfioOf(
  reader: Reader,
  { devices = {}, vfio }: HostSpec,
  { family, kernels, pci, running, initramfs }: HostState,
  release: Fact<string>,
): Promise<VfioFacts> {
  const { byName } = resolveDevices(devices, pci.known ? pci.value : []);
  const functions = vfio?.devices.flatMap((name) => byName.get(name)?.functions ?? []) ?? [];
  const initrd = release.known ? known(layoutOf({ family, kernels }).initrd(release.value)) : release;
  return readVfio(reader, functions, initramfs, { release, running: running.release, initrd });
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
    debs.push(await readPackageFile(workspace, entry.file, path, options));
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
  const { kernelstub, systemdBoot, proxmox } = bootLoader;
  const entries = [kernelstub?.entries, systemdBoot?.entries].flatMap((fact) =>
    fact?.known === true ? fact.value : [],
  );
  return known(
    withDigests(
      reader,
      kernels.value,
      [...entries, ...copiesOn(proxmox?.esps ?? [])],
      kernelstub === undefined ? undefined : declared,
    ),
  );
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

/**
 * Older captures were not asked.
 *
 * @param above Asked where the folder is not there.
 */
function freeOf(reader: Reader, folder: string, above = folder): Fact<number> {
  return attemptIfRecorded(
    `the free space of ${folder}`,
    () => reader.freeBytes(folder) ?? reader.freeBytes(above),
  );
}
