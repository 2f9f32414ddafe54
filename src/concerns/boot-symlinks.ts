import { posix } from "node:path";
import { mountOf } from "../facts/mounts.ts";
import type { DraftStep } from "../boot/loader.ts";
import type {
  BootPathFact,
  Change,
  Diagnostic,
  Fingerprint,
  KernelFact,
  NoLongerDeclared,
  SetEarlier,
  Unchanged,
} from "../model/index.ts";
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

const LINK = "bootSymlinks.";

/** Links that hostcfg made or moved, and that the spec no longer declares. What somebody has changed since is not hostcfg's. */
export function linksGivenBack(
  { spec, state }: Pick<ConcernInput, "spec" | "state">,
  earlier: readonly SetEarlier[],
): { changes: readonly Change[]; steps: readonly DraftStep[]; kept: readonly NoLongerDeclared[] } {
  const verdicts = earlier.flatMap(({ address, before, after, apply }): GivenBack[] => {
    const path = address.startsWith(LINK) ? address.slice(LINK.length) : undefined;
    if (path === undefined || spec.bootSymlinks?.[path] !== undefined) return [];
    const present = state.bootPaths.find((fact) => fact.path === path);
    if (present?.kind !== "symlink") return [];
    const keep = (reason: string): GivenBack[] => [{ kept: { address, outcome: "kept", reason } }];
    if (present.target !== after)
      return keep(`apply ${apply} pointed it to ${after}, and somebody has changed it since`);
    const former = before === null ? undefined : posix.resolve(posix.dirname(path), before);
    const isThere = state.bootPaths.some((fact) => fact.path === former && fact.kind !== "absent");
    if (before !== null && !isThere)
      return keep(`it pointed to ${before} before hostcfg moved it, and that is not there any more`);
    const change: Change = {
      address,
      action: before === null ? "delete" : "update",
      before: after,
      after: before,
      reason: `apply ${apply} set it; the spec no longer declares it`,
      effect: "now",
    };
    const base = { stage: "links", serves: [address], path, expect: fingerprint(present) } as const;
    const step: DraftStep =
      before === null
        ? { ...base, kind: "remove", title: `remove the link ${path}: no longer declared` }
        : { ...base, kind: "symlink", title: `point ${path} to ${before} again`, target: before };
    return [{ change, step }];
  });
  return {
    changes: verdicts.flatMap((one) => ("change" in one ? [one.change] : [])),
    steps: verdicts.flatMap((one) => ("step" in one ? [one.step] : [])),
    kept: verdicts.flatMap((one) => ("kept" in one ? [one.kept] : [])),
  };
}

type GivenBack = { readonly change: Change; readonly step: DraftStep } | { readonly kept: NoLongerDeclared };

/** The links of these records, as a spec declares them: what a probe has to look at to give them back. */
export function linksSetEarlier(earlier: readonly SetEarlier[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    earlier.flatMap(({ address, before, after }) =>
      address.startsWith(LINK) ? [[address.slice(LINK.length), before ?? after] as const] : [],
    ),
  );
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
