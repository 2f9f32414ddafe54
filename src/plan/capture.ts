import type { Capture, CapturedPath } from "../host/capture.ts";
import { LinkReader } from "../host/link-reader.ts";
import { RecordingTree } from "../host/recorder.ts";
import type { Tree } from "../host/tree.ts";
import type { Diagnostic } from "../model.ts";
import { PCI_IDS_PATHS, trimPciIds } from "../pci/ids.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import { probe } from "./probe.ts";

/**
 * Records all that a plan reads of a host.
 *
 * @param spec Also records the paths that this spec names.
 */
export async function takeCapture(
  tree: Tree,
  spec: HostSpec | undefined,
  hostcfgVersion: string,
  now: Date,
): Promise<Capture> {
  const recorder = new RecordingTree(tree);
  const state = await probe(new LinkReader(recorder), spec);
  const { paths, queries } = recorder.recorded();
  const devices = state.pci.known ? state.pci.value : [];
  const trimmed = Object.entries(paths).map(([path, entry]): [string, CapturedPath] => {
    // The whole list has a million and a half bytes; the names of this host's devices are all that plans read.
    if (!PCI_IDS_PATHS.some((file) => file === path) || entry.text === undefined) return [path, entry];
    const text = trimPciIds(entry.text, devices);
    return [path, { ...entry, size: Buffer.byteLength(text), text }];
  });
  return {
    formatVersion: "1.0",
    hostcfgVersion,
    takenAt: now.toISOString(),
    privileged: tree.privileged,
    paths: Object.fromEntries(trimmed),
    queries,
  };
}

export type ReadCapture = { readonly capture: Capture } | { readonly diagnostics: readonly Diagnostic[] };

export async function readCapture(bytes: Uint8Array): Promise<ReadCapture> {
  // Large, and few commands need it.
  const { default: validate } = await import("../host/validate-capture.gen.js");
  const isCapture = (document: unknown): document is Capture => validate(document);
  const document = parseJson(bytes);
  if (isCapture(document)) return { capture: document };
  const first = validate.errors?.[0];
  const where = first === undefined ? "" : `: ${first.instancePath} ${first.message ?? ""}`;
  return {
    diagnostics: [
      {
        severity: "error",
        code: "not-a-capture",
        summary: `this is not a capture that hostcfg took${where}`,
        hint: "take one on the host with: sudo hostcfg capture host.yaml --out host.capture.json",
      },
    ],
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
