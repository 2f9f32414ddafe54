import { kernelsThatStay, replacedBy } from "../platform/replaced.ts";
import { PLATFORMS, familyOfFile } from "../platform/platforms.ts";
import type { PackageManager } from "../platform/platform.ts";
import type {
  DebControl,
  DebFact,
  Diagnostic,
  FamilyName,
  HostState,
  KernelOfPackage,
  PackageFact,
  SpecPath,
} from "../model/index.ts";
import { problemAt } from "./problem-at.ts";

/** One entry of `kernel.packages`, with what must be installed for it. */
export interface Wanted {
  readonly at: SpecPath;
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  readonly kernel?: KernelOfPackage | undefined;
  readonly deb?: DebFact & { readonly control: { known: true; value: DebControl } };
}

interface Asked {
  readonly family: FamilyName;
  readonly state: HostState;
  readonly installed: readonly PackageFact[];
  readonly wanted: readonly Wanted[];
  /** Those that are not installed. */
  readonly missing: readonly Wanted[];
}

/** What stands against installing them, and what a person should know first. */
export function packageProblems({ family, state, installed, wanted, missing }: Asked): Diagnostic[] {
  const manager = PLATFORMS[family].packages;
  return [
    ...twice(wanted),
    ...missing.flatMap((one) => [
      ...foreignFamily(family, one),
      ...foreignArchitecture(state, one),
      ...downgrade(manager, installed, one),
      ...notToBeHad(manager, state, one),
      ...needless(manager, one),
      ...replaced(state, one, missing),
    ]),
    ...dependencies(manager, installed, missing),
  ];
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

/** Where no other kernel stays to boot with, the plan is refused. */
function replaced(
  { kernels }: HostState,
  { at, name, kernel }: Wanted,
  missing: readonly Wanted[],
): Diagnostic[] {
  if (!kernels.known) return [];
  if (kernel === "unknown" && kernels.value.some((one) => one.name !== undefined))
    return [
      problemAt(
        at,
        "kernel-replaced",
        `${name} may take the place of any kernel: which one it holds cannot be told`,
        "install it by hand, with another kernel there to boot with; then plan again",
      ),
    ];
  const old = replacedBy(kernels.value, kernel);
  if (old === undefined) return [];
  const [other] = kernelsThatStay(kernels.value, missing);
  const summary = `${name} takes the place of ${old.release}, whose files go first: until the apply has ended, and if it is cut, that kernel does not boot`;
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

export function isWhole(fact: PackageFact): boolean {
  return fact.state === "installed" && !fact.broken;
}
