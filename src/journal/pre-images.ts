import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { Fingerprint } from "../model/index.ts";
import { sha256Of } from "../sha256.ts";
import { JOURNALS } from "../facts/state-folder.ts";
import { readJson } from "../facts/read-document.ts";

/** What stood at a path before a step, enough to put it back to the byte. */
export type PreImage =
  | {
      readonly path: string;
      readonly kind: "absent";
      /** The folders above it that were not there either, the deepest first. */
      readonly folders?: readonly string[];
    }
  | { readonly path: string; readonly kind: "symlink"; readonly target: string }
  | {
      readonly path: string;
      readonly kind: "file";
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly base64: string;
    }
  /** Too large to be kept, as kernels and initrds are: those are copies of what /boot holds. */
  | {
      readonly path: string;
      readonly kind: "large-file";
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly size: number;
      readonly sha256: string;
    };

export interface PreImages {
  /** What stood at each path before the apply's first step that changed it, in the order of the steps. */
  readonly images: readonly (PreImage & { readonly step: number })[];
  /** Files that hold no pre-image any more. */
  readonly damage: readonly string[];
}

/** Reads `before/` of one record. Throws HostError where it may not be read. */
export function readPreImages(reader: Reader, id: string): PreImages {
  const folder = posix.join(JOURNALS, id, "before");
  const images = new Map<string, PreImage & { readonly step: number }>();
  const damage: string[] = [];
  const names = (reader.list(folder) ?? []).flatMap((name) => {
    const [, step, index] = /^(\d+)-(\d+)\.json$/.exec(name) ?? [];
    return step === undefined || index === undefined
      ? []
      : [{ name, step: Number(step), index: Number(index) }];
  });
  for (const { name, step } of names.sort((a, b) => a.step - b.step || a.index - b.index)) {
    const bytes = reader.readFile(posix.join(folder, name));
    const image = bytes === undefined ? undefined : readJson(bytes);
    if (!isPreImage(image)) damage.push(`before/${name} is damaged`);
    else if (!images.has(image.path)) images.set(image.path, { ...image, step });
  }
  return { images: [...images.values()], damage };
}

export function fingerprintOf(image: PreImage): Fingerprint {
  switch (image.kind) {
    case "absent":
      return { kind: "absent" };
    case "symlink":
      return { kind: "symlink", target: image.target };
    case "file": {
      const { base64, mode, uid, gid } = image;
      return { kind: "file", sha256: sha256Of(Buffer.from(base64, "base64")), mode, uid, gid };
    }
    case "large-file": {
      const { sha256, mode, uid, gid } = image;
      return { kind: "file", sha256, mode, uid, gid };
    }
  }
}

function isPreImage(value: unknown): value is PreImage {
  if (typeof value !== "object" || value === null) return false;
  const one = { ...value } as Readonly<Record<string, unknown>>;
  const has = (type: string, ...keys: readonly string[]): boolean =>
    keys.every((key) => typeof one[key] === type);
  if (!has("string", "path") || !String(one["path"]).startsWith("/")) return false;
  switch (one["kind"]) {
    case "absent":
      return one["folders"] === undefined || isList(one["folders"]);
    case "symlink":
      return has("string", "target");
    case "file":
      return has("string", "base64") && has("number", "mode", "uid", "gid");
    case "large-file":
      return has("string", "sha256") && has("number", "mode", "uid", "gid", "size");
    default:
      return false;
  }
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string" && one.startsWith("/"));
}
