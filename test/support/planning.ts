import { posix } from "node:path";
import { readHealth } from "../../src/facts/health.ts";
import type { Capture, CapturedPath } from "../../src/host/capture.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { DebFact, Diagnostic, Plan, Verification } from "../../src/model/index.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import { verify } from "../../src/plan/verify.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { UNRECORDED } from "./materialise.ts";

/** What to change on a recorded host; `null`, or a recorded absence, takes a path away. Text stands for a file. */
export type Patch = Record<string, string | CapturedPath | null>;

/** A recorded host with some paths changed, its folders' listings kept right. */
export function patched(capture: Capture, patch: Patch): Capture {
  const paths: Record<string, CapturedPath> = { ...capture.paths };
  const relist = (folder: string, change: (names: Set<string>) => void): void => {
    const names = new Set(paths[folder]?.entries ?? []);
    change(names);
    const there = paths[folder]?.kind === "absent" ? {} : paths[folder];
    paths[folder] = { kind: "directory", ...there, entries: [...names].sort() };
  };
  for (const [path, content] of Object.entries(patch)) {
    if (content === null || (typeof content === "object" && content.kind === "absent")) {
      paths[path] = { kind: "absent" };
      relist(posix.dirname(path), (names) => names.delete(posix.basename(path)));
      continue;
    }
    const entry: CapturedPath = typeof content === "string" ? { kind: "file", text: content } : content;
    paths[path] = entry.kind === "file" ? { modifiedAt: UNRECORDED, ...entry } : entry;
    for (let at = path; at !== "/"; at = posix.dirname(at)) {
      const name = posix.basename(at);
      relist(posix.dirname(at), (names) => names.add(name));
    }
  }
  return { ...capture, paths };
}

/** The recorded answer of a query, replaced. */
export function answering(capture: Capture, program: string, stdout: string): Capture {
  const queries = capture.queries.map(({ argv, answer }) =>
    argv[0] === program
      ? { argv, answer: { ran: true as const, exitCode: 0, stdout, stderr: "" } }
      : { argv, answer },
  );
  return { ...capture, queries };
}

export async function planOf(
  capture: Capture,
  spec: Omit<HostSpec, "apiVersion">,
  debs: readonly DebFact[] = [],
): Promise<Plan> {
  return makePlan({ ...(await observed(capture, spec, debs)), hostcfgVersion: "0.0.0" });
}

export async function verificationOf(
  capture: Capture,
  spec: Omit<HostSpec, "apiVersion">,
  debs: readonly DebFact[] = [],
): Promise<Verification> {
  return verify(await observed(capture, spec, debs));
}

async function observed(capture: Capture, partial: Omit<HostSpec, "apiVersion">, debs: readonly DebFact[]) {
  const spec: HostSpec = { apiVersion: "hostcfg/v1", ...partial };
  const reader = new LinkReader(new CaptureTree(capture));
  const state = await probe(reader, spec);
  const health = await readHealth(reader, spec, state);
  return {
    source: { path: "host.yaml", sha256: "0".repeat(64), spec, diagnostics: [], locate: () => undefined },
    state,
    debs,
    ...(health === undefined ? {} : { health }),
  };
}

/** A .deb as the spec names it and as it is. */
export function debOf(name: string, version: string, depends = "", architecture = "amd64"): DebFact {
  const file = `${name}_${version}_${architecture}.deb`;
  return {
    file,
    path: `/specs/${file}`,
    content: { known: true, value: { sha256: "a".repeat(64), size: 1000 } },
    control: { known: true, value: { package: name, version, architecture, depends } },
  };
}

export function packageOf(deb: DebFact): { file: string; sha256: string } {
  return { file: deb.file, sha256: "a".repeat(64) };
}

export function codes(
  of: { readonly diagnostics: readonly Diagnostic[] },
  severity: Diagnostic["severity"],
): string[] {
  return of.diagnostics.filter((diagnostic) => diagnostic.severity === severity).map(({ code }) => code);
}
