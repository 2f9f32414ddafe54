import { PLATFORMS, familyOfFile, layoutOf, nameInFile } from "../platform/platforms.ts";
import type { PackageManager } from "../platform/platform.ts";
import { run } from "../boot/run.ts";
import type {
  Change,
  DebControl,
  DebFact,
  Diagnostic,
  ExecStep,
  HostState,
  FamilyName,
  InstallPackages,
  KernelFact,
  KernelOfPackage,
  PackageFact,
  PackageRef,
  SpecPath,
  Unchanged,
} from "../model/index.ts";
import type { HostSpec, KernelPackage } from "../spec/host-spec.gen.ts";
import type { DraftStep } from "../boot/loader.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";
import { checkDebs } from "./debs.ts";
import { known } from "../facts/fact.ts";
import { problemAt } from "./problem-at.ts";

/** One entry of `kernel.packages`, with what must be installed for it. */
interface Wanted {
  readonly at: SpecPath;
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  readonly kernel?: KernelOfPackage | undefined;
  readonly deb?: DebFact & { readonly control: { known: true; value: DebControl } };
}

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
      ...twice(wanted),
      ...missing.flatMap((one) => [
        ...foreignFamily(family.value, one),
        ...foreignArchitecture(state, one),
        ...downgrade(manager, installed, one),
        ...notToBeHad(manager, state, one),
        ...needless(manager, one),
        ...replaced(state, one),
      ]),
      ...dependencies(manager, installed, missing),
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

export function isWhole(fact: PackageFact): boolean {
  return fact.state === "installed" && !fact.broken;
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

function twice(wanted: readonly Wanted[]): Diagnostic[] {
  return wanted
    .filter((one, index) => wanted.findIndex((other) => other.name === one.name) < index)
    .map((one) => problemAt(one.at, "package-twice", `${one.name} is declared twice`, "keep one of the two"));
}

function foreignFamily(family: FamilyName, { at, deb }: Wanted): Diagnostic[] {
  if (deb === undefined || familyOfFile(deb.file) === family) return [];
  const [its, host] = [familyOfFile(deb.file), family].map((one) => PLATFORMS[one].packages.name);
  const summary = `${deb.file} is a package for ${its}, but this host has ${host}`;
  return [problemAt([...at, "file"], "package-architecture", summary, `use a package for ${host}`)];
}

function foreignArchitecture(state: HostState, { at, name, architecture }: Wanted): Diagnostic[] {
  const host = state.identity.architecture;
  if (
    architecture === undefined ||
    ["all", "any"].includes(architecture) ||
    !host.known ||
    architecture === host.value
  )
    return [];
  const summary = `${name} is built for ${architecture}, but this host is ${host.value}`;
  return [problemAt(at, "package-architecture", summary, `use the package for ${host.value}`)];
}

function downgrade(
  manager: PackageManager,
  installed: readonly PackageFact[],
  { at, name, version }: Wanted,
): Diagnostic[] {
  const present = installed.find((fact) => fact.name === name && fact.state === "installed");
  if (present === undefined || manager.compareVersions(present.version, version) <= 0) return [];
  const summary = `${name} goes back from ${present.version} to ${version}`;
  return [
    {
      ...problemAt(at, "package-downgrade", summary, "declare the newer version if that is not meant"),
      severity: "warning",
    },
  ];
}

/** apt would find it out too, once the apply has begun. */
function notToBeHad(
  manager: PackageManager,
  state: HostState,
  { at, name, version, deb }: Wanted,
): Diagnostic[] {
  const { newestOnly } = manager;
  if (deb === undefined && newestOnly !== undefined) {
    const summary = `${name} cannot be installed in version ${version} by its name: ${newestOnly.why}`;
    return [
      problemAt([...at, "version"], "package-version-missing", summary, newestOnly.hint(name, version)),
    ];
  }
  const versions = state.versions?.[name];
  if (deb !== undefined || versions === undefined) return [];
  const { words } = manager;
  const { repository, refresh } = words;
  if (!versions.known)
    return [
      {
        ...problemAt(
          [...at, "version"],
          "package-version-unknown",
          `whether ${repository} have ${name} in version ${version} is unknown: ${versions.why}`,
          `look before you apply: ${words.versionsOf(name)}`,
        ),
        severity: "warning",
      },
    ];
  if (versions.value.includes(version)) return [];
  const [newest] = versions.value;
  if (newest === undefined)
    return [
      problemAt(
        [...at, "name"],
        "package-version-missing",
        `${repository} have no package ${name}`,
        `correct the name, or renew the list: ${refresh}`,
      ),
    ];
  return [
    problemAt(
      [...at, "version"],
      "package-version-missing",
      `${repository} have ${name} in no version ${version}`,
      `they have ${versions.value.join(", ")}; declare one of these, or renew the list: ${refresh}`,
    ),
  ];
}

/**
 * A package whose kernel has the names of one that is there: pacman's hooks remove that one's image and initrd before the new ones
 * are there, and its modules go.
 */
function replaced({ kernels }: HostState, { at, name, kernel }: Wanted): Diagnostic[] {
  if (typeof kernel !== "object" || kernel.name === undefined || !kernels.known) return [];
  const isWholeKernel = ({ image, initrd, modules }: KernelFact): boolean =>
    modules && (image?.size ?? 0) > 0 && (initrd?.size ?? 0) > 0;
  const old = kernels.value.find((one) => one.name === kernel.name && one.image !== undefined);
  if (old === undefined || old.release === kernel.release) return [];
  const others = kernels.value.filter((one) => one.name !== kernel.name && isWholeKernel(one));
  const summary = `${name} takes the place of ${old.release}, whose files go first: until the apply has ended, and if it is cut, that kernel does not boot`;
  const [other] = others;
  return [
    {
      ...problemAt(
        at,
        "kernel-replaced",
        summary,
        other === undefined
          ? "install a second kernel first, so that the host has one to boot with (linux-lts)"
          : `${other.release} (${other.name ?? ""}) stays to boot with`,
      ),
      severity: other === undefined ? "error" : "warning",
    },
  ];
}

function needless(manager: PackageManager, { at, name }: Wanted): Diagnostic[] {
  const summary = manager.needless(name);
  if (summary === undefined) return [];
  return [{ ...problemAt(at, "needless-package", summary, "leave it out"), severity: "warning" }];
}

/** dpkg resolves nothing: a missing dependency leaves the kernel half-configured, without an initrd. */
function dependencies(
  manager: PackageManager,
  installed: readonly PackageFact[],
  missing: readonly Wanted[],
): Diagnostic[] {
  const replaced = new Set(missing.map(({ name }) => name));
  const there = installed.filter((fact) => isWhole(fact) && !replaced.has(fact.name));
  const available = [...there, ...missing.map(({ name, version }) => ({ name, version }))];
  return missing.flatMap((one) => {
    const depends = one.deb?.control.value.depends ?? "";
    return manager.unmet(depends, available).map((unmet): Diagnostic => {
      const sure = unmet.certainty === "surely";
      const summary = `${one.name} depends on ${unmet.text}, which ${sure ? "is" : "may be"} missing`;
      const hint = manager.words.install(unmet.names[0] ?? "");
      return {
        ...problemAt(one.at, "package-dependency", summary, hint),
        severity: sure ? "error" : "warning",
      };
    });
  });
}

function addressOf(name: string): string {
  return `kernel.packages.${name}`;
}
