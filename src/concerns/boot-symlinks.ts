import { posix } from "node:path";
import { mountOf } from "../facts/mounts.ts";
import type { DraftStep } from "../boot/loader.ts";
import type { BootPathFact, Change, Diagnostic, Fingerprint, KernelFact, Unchanged } from "../model/index.ts";
import type { ConcernInput, ConcernResult } from "./concern.ts";
import type { Declare } from "./declare/declare.ts";
import { scalar } from "./declare/yaml.ts";

type Verdict = { change: Change; step: DraftStep } | { unchanged: Unchanged } | { diagnostic: Diagnostic };

/** `bootSymlinks`: links that name a kernel. Two links are equal when they end at the same file. */
export function bootSymlinks(input: ConcernInput): ConcernResult {
  const verdicts = Object.entries(input.spec.bootSymlinks ?? {}).map(([path, target]) =>
    judge(input, path, target),
  );
  return {
    changes: verdicts.flatMap((verdict) => ("change" in verdict ? [verdict.change] : [])),
    steps: verdicts.flatMap((verdict) => ("step" in verdict ? [verdict.step] : [])),
    unchanged: verdicts.flatMap((verdict) => ("unchanged" in verdict ? [verdict.unchanged] : [])),
    diagnostics: [
      ...verdicts.flatMap((verdict) => ("diagnostic" in verdict ? [verdict.diagnostic] : [])),
      ...inert(input),
    ],
  };
}

function judge(input: ConcernInput, path: string, target: string): Verdict {
  const address = `bootSymlinks.${path}`;
  const present = input.state.bootPaths.find((fact) => fact.path === path) ?? { path, kind: "absent" };
  const wantedFile = endOf(input.spec.bootSymlinks ?? {}, path);
  const wanted = input.state.bootPaths.find((fact) => fact.path === wantedFile);
  const resolved = wanted === undefined || wanted.kind === "absent" ? undefined : resolvedOf(wanted);

  const refused = fatRefusal(input, path) ?? occupied(present) ?? withoutFolder(input, path);
  const dangles = resolved === undefined ? dangling(input.kernels, wantedFile) : undefined;
  if (refused === undefined && present.kind === "symlink") {
    // The same text is right even where another declared link, which it leads through, changes.
    const same =
      present.target === target
        ? dangles === undefined
        : present.resolved === resolved && resolved !== undefined;
    if (same) return { unchanged: { address, reason: `already points to ${present.target}` } };
  }
  const refusal = refused ?? dangles;
  if (refusal !== undefined) return { diagnostic: { ...refusal, address, specPath: ["bootSymlinks", path] } };

  const before = present.kind === "symlink" ? present.target : null;
  const reason =
    present.kind !== "symlink"
      ? "there is no such link"
      : present.resolved === undefined
        ? "it dangles"
        : "it points elsewhere";
  return {
    change: {
      address,
      action: before === null ? "create" : "update",
      before,
      after: target,
      reason,
      effect: "now",
    },
    step: {
      stage: "links",
      kind: "symlink",
      title: `point ${path} to ${target}`,
      serves: [address],
      path,
      target,
      expect: fingerprint(present),
    },
  };
}

/** Where a declared link ends once all declared links are as declared. */
function endOf(declared: Readonly<Record<string, string>>, path: string): string {
  const seen = new Set<string>();
  let at = path;
  for (let target = declared[at]; target !== undefined && !seen.has(at); target = declared[at]) {
    seen.add(at);
    at = posix.resolve(posix.dirname(at), target);
  }
  return at;
}

function resolvedOf(fact: Exclude<BootPathFact, { kind: "absent" }>): string | undefined {
  return fact.kind === "symlink" ? fact.resolved : fact.kind === "file" ? fact.path : undefined;
}

function fingerprint(present: BootPathFact): Fingerprint {
  return present.kind === "symlink" ? { kind: "symlink", target: present.target } : { kind: "absent" };
}

/** The links alone start nothing: no loader that hostcfg has met on these hosts follows them. */
function inert({ spec, state }: ConcernInput): Diagnostic[] {
  if (spec.bootSymlinks === undefined || spec.kernel?.release !== undefined) return [];
  const { detected } = state.bootLoader;
  const loader = detected.known ? `${detected.value} ignores them` : detected.why;
  return [
    {
      severity: "warning",
      code: "symlink-inert",
      summary: `the links do not decide which kernel boots: ${loader}`,
      hint: "declare kernel.release as well, where the boot loader can be driven",
      specPath: ["bootSymlinks"],
    },
  ];
}

type Refusal = Pick<Diagnostic, "severity" | "code" | "summary" | "hint">;

/** FAT has no links, so where /boot is the ESP itself, nothing can be planned. */
function fatRefusal({ state }: ConcernInput, path: string): Refusal | undefined {
  if (!state.mounts.known) return undefined;
  const mount = mountOf(state.mounts.value, path);
  if (mount === undefined || !["vfat", "msdos", "exfat"].includes(mount.type)) return undefined;
  return {
    severity: "error",
    code: "symlink-on-fat",
    summary: `${path} cannot be a link: ${mount.mountPoint} is ${mount.type}, which has none`,
    hint: "leave it out; a loader on the ESP does not follow such links anyway",
  };
}

function occupied(present: BootPathFact): Refusal | undefined {
  if (present.kind === "symlink" && present.endsAt === "directory") {
    return {
      severity: "error",
      code: "symlink-occupied",
      summary: `${present.path} is a link to a folder (${present.target}); hostcfg replaces only links to files`,
      hint: "name a link for a kernel or an initrd, e.g. /vmlinuz or /boot/vmlinuz",
    };
  }
  if (present.kind === "absent" || present.kind === "symlink") return undefined;
  return {
    severity: "error",
    code: "symlink-occupied",
    summary: `${present.path} is a ${present.kind === "other" ? "special file" : present.kind}, not a link; hostcfg replaces only links`,
    hint: `move it away first: sudo mv ${present.path} ${present.path}.saved`,
  };
}

function withoutFolder({ state }: ConcernInput, path: string): Refusal | undefined {
  const folder = posix.dirname(path);
  const there = state.bootPaths.find((fact) => fact.path === folder);
  if (there === undefined || there.kind === "directory") return undefined;
  if (there.kind === "symlink" && there.endsAt === "directory") return undefined;
  return {
    severity: "error",
    code: "symlink-folder",
    summary: `${path} cannot be made: ${folder} is no folder`,
    hint: `correct the path, or make the folder: sudo mkdir ${folder}`,
  };
}

function dangling(kernels: readonly KernelFact[], wantedFile: string): Refusal | undefined {
  const comes = kernels.some(
    (kernel) => kernel.expected === true && [kernel.image?.path, kernel.initrd?.path].includes(wantedFile),
  );
  if (comes) return undefined;
  return {
    severity: "error",
    code: "symlink-dangling",
    summary: `the target ${wantedFile} does not exist, and nothing in the plan makes it`,
    hint: "correct the target, or declare the packages that bring it",
  };
}

export const declareLinks: Declare = ({ links }) =>
  Object.keys(links).length === 0
    ? undefined
    : {
        about: ["The links that name the kernel."],
        value: Object.entries(links).map(([path, target]) => `  ${scalar(path)}: ${scalar(target)}`),
      };
