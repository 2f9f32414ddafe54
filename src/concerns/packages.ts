import { PLATFORMS, layoutOf, nameInFile } from "../platform/platforms.ts";
import type { PackageManager } from "../platform/platform.ts";
import { run } from "../boot/run.ts";
import type {
  Change,
  DebFact,
  ExecStep,
  HostState,
  FamilyName,
  InstallPackages,
  KernelFact,
  PackageFact,
  PackageRef,
  Unchanged,
} from "../model/index.ts";
import type { HostSpec, KernelPackage } from "../spec/host-spec.gen.ts";
import type { DraftStep } from "../boot/loader.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";
import { checkDebs } from "./debs.ts";
import { known } from "../facts/fact.ts";
import type { Wanted } from "./package-problems.ts";
import { isWhole, packageProblems } from "./package-problems.ts";
import { problemAt } from "./problem-at.ts";

/** `kernel.packages`: installed when they are not, in one transaction; whole ones are left alone. */
export function packages({
  spec,
  state,
  debs,
}: Pick<ConcernInput, "spec" | "state" | "debs">): ConcernResult & {
  readonly installing: readonly PackageRef[];
} {
  if (spec.kernel?.packages === undefined) return { installing: [] };
  const { family } = state;
  if (!family.known || !state.packages.known) {
    const why = state.packages.known ? "" : state.packages.why;
    const hint =
      "run hostcfg as root on a Debian-like host, or leave kernel.packages out and install them by this system's own means";
    return {
      installing: [],
      diagnostics: [problemAt(["kernel", "packages"], "packages-unknown", why, hint)],
    };
  }
  const manager = PLATFORMS[family.value].packages;
  const installed = state.packages.value;
  const gone = debs.filter((deb) => !deb.content.known && isInstalledByName(installed, deb.file));
  const unreadable = checkDebs(
    spec,
    debs.filter((deb) => !gone.includes(deb)),
  );
  const wanted = wantedPackages(spec, debs, manager);
  const missing = wanted.filter((one) => !isInstalled(installed, one));
  return {
    installing: missing.map(refOf),
    changes: missing.map((one) => packageChange(manager, installed, one)),
    unchanged: [
      ...gone.map((deb): Unchanged => ({
        address: addressOf(nameInFile(deb.file).name),
        reason: "installed, by the name of its file",
      })),
      ...wanted
        .filter((one) => !missing.includes(one))
        .map((one): Unchanged => ({ address: addressOf(one.name), reason: `${one.version} is installed` })),
    ],
    // A transaction with a part missing is none: with an unreadable .deb nothing is installed.
    steps: unreadable.length > 0 ? [] : installSteps(family.value, missing),
    diagnostics: [
      ...unreadable,
      ...packageProblems({ family: family.value, state, installed, wanted, missing }),
    ],
  };
}

/** Packages that a spec declares by name in a version that is not installed whole. */
export function namedAndMissing(spec: HostSpec, { packages: found }: HostState): readonly string[] {
  const installed = found.known ? found.value : [];
  return (spec.kernel?.packages ?? []).flatMap((entry) =>
    "name" in entry && !isInstalled(installed, entry) ? [entry.name] : [],
  );
}

/** The kernels that the host will have: those it has, and those that the missing packages bring. */
export function kernelsAfter(
  spec: HostSpec,
  state: HostState,
  debs: readonly DebFact[],
  installing: readonly PackageRef[],
): KernelFact[] {
  const present = state.kernels.known ? state.kernels.value : [];
  const manager = state.family.known ? PLATFORMS[state.family.value].packages : undefined;
  const unreadable = unreadableNames(spec, state, debs).map((name) => manager?.kernelByName(name));
  const brought = [...installing.map(({ kernel }) => kernel), ...unreadable];
  const coming = new Map(
    brought.flatMap((kernel) =>
      typeof kernel === "object" && kernel.part === "image" ? [[kernel.release, kernel.name]] : [],
    ),
  );
  const expected = [...coming].map(([release, name]): KernelFact => ({
    release,
    name,
    config: true,
    modules: true,
    expected: true,
  }));
  // One of the same name takes its place.
  const names = new Set(coming.values());
  const left = present.filter(
    ({ release, name }) => !coming.has(release) && (name === undefined || !names.has(name)),
  );
  const layout = layoutOf({ ...state, kernels: known([...expected, ...left]) });
  const withFiles = expected.map((kernel) => ({
    ...kernel,
    image: { path: layout.image(kernel.release), size: 0 },
    initrd: { path: layout.initrd(kernel.release), size: 0 },
  }));
  return [...withFiles, ...left];
}

/**
 * A .deb that cannot be read is an error already; what its file name says that it would bring keeps that one error
 * from being followed by others that mislead.
 */
function unreadableNames(spec: HostSpec, state: HostState, debs: readonly DebFact[]): string[] {
  return (spec.kernel?.packages ?? []).flatMap((entry) => {
    if (!("file" in entry)) return [];
    const readable = debs.some(({ file, control }) => file === entry.file && control.known);
    const there = state.packages.known && isInstalledByName(state.packages.value, entry.file);
    return readable || there ? [] : [nameInFile(entry.file).name];
  });
}

function wantedPackages(spec: HostSpec, debs: readonly DebFact[], manager: PackageManager): Wanted[] {
  return (spec.kernel?.packages ?? []).flatMap((entry: KernelPackage, index): Wanted[] => {
    const at = ["kernel", "packages", index];
    if ("name" in entry) {
      const { name, version } = entry;
      return [{ at, name, version, kernel: manager.kernelByName(name) }];
    }
    const deb = debs.find(({ file }) => file === entry.file);
    if (!deb?.control.known) return [];
    const { package: name, version, architecture } = deb.control.value;
    const kernel = deb.control.value.kernel ?? manager.kernelByName(name);
    return [{ at, name, version, architecture, kernel, deb: { ...deb, control: deb.control } }];
  });
}

function isInstalled(installed: readonly PackageFact[], wanted: Pick<Wanted, "name" | "version">): boolean {
  return installed.some(
    (fact) => fact.name === wanted.name && fact.version === wanted.version && isWhole(fact),
  );
}

/**
 * A file that was deleted after the installation is no reason to call the host wrong: the file name tells what it was.
 */
function isInstalledByName(installed: readonly PackageFact[], file: string): boolean {
  const { name, version } = nameInFile(file);
  return installed.some(
    (fact) => fact.name === name && fact.version.replace(/^\d+:/, "") === version && isWhole(fact),
  );
}

function packageChange(manager: PackageManager, installed: readonly PackageFact[], wanted: Wanted): Change {
  const present = installed.find(
    (fact) => fact.name === wanted.name && !["not-installed", "config-files"].includes(fact.state),
  );
  const reason =
    present === undefined
      ? "not installed"
      : isWhole(present)
        ? "another version is installed"
        : `${manager.name} has it ${present.state}, not installed`;
  return {
    address: addressOf(wanted.name),
    action: present === undefined ? "create" : "update",
    before: present?.version ?? null,
    after: wanted.version,
    reason,
    effect: "now",
  };
}

function installSteps(family: FamilyName, missing: readonly Wanted[]): DraftStep[] {
  const files = missing.flatMap((one) => (one.deb === undefined ? [] : [{ one, deb: one.deb }]));
  const named = missing.filter((one) => one.deb === undefined);
  const names = (some: readonly Wanted[]): string => some.map((one) => one.name).join(", ");
  // The repository's first: apt works out all dependencies, or changes nothing.
  return [
    ...(named.length === 0
      ? []
      : [
          installing({ does: "install", family, from: "repository", packages: named.map(refOf) }, named, {
            title: `install ${names(named)} from ${PLATFORMS[family].packages.words.repository}`,
          }),
        ]),
    ...(files.length === 0
      ? []
      : [
          installing(
            {
              does: "install",
              family,
              from: "files",
              packages: files.map(({ one, deb }) => ({ ...refOf(one), file: deb.path })),
            },
            files.map(({ one }) => one),
            {
              title: `install ${names(files.map(({ one }) => one))}`,
              inputs: files.flatMap(({ deb }) =>
                deb.content.known ? [{ path: deb.path, sha256: deb.content.value.sha256 }] : [],
              ),
            },
          ),
        ]),
  ];
}

function installing(
  action: InstallPackages,
  some: readonly Wanted[],
  about: Pick<ExecStep, "title"> & Partial<Pick<ExecStep, "inputs">>,
): DraftStep {
  return run("packages", action, {
    ...about,
    serves: some.map((one) => addressOf(one.name)),
    flushes: ["/boot"],
  });
}

function refOf({ name, version, kernel }: Wanted): PackageRef {
  return { name, version, ...(kernel === undefined ? {} : { kernel }) };
}

function addressOf(name: string): string {
  return `kernel.packages.${name}`;
}
