import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { ExecStep, Fingerprint, Plan, Step } from "../model/index.ts";
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

/** What a record says of its pre-images. */
export interface PreImageRecord {
  readonly id: string;
  readonly plan?: Plan;
  /** For each step that began: the digest of each pre-image by the name of its file, noted before the step did anything. */
  readonly kept: Readonly<Record<number, Readonly<Record<string, string>>>>;
}

/** With the step that it was kept for, and the name by which the step has its path. */
export type KeptImage = PreImage & { readonly step: number; readonly name: string };

export interface PreImages {
  /** What stood at each path before the apply's first step that changed it, in the order of the steps. */
  readonly images: readonly KeptImage[];
  /** Kept for a step that is not noted as begun: an apply that was cut between the two has left them. */
  readonly unnoted: readonly KeptImage[];
  /** What is missing or not as it was noted, a clause each. */
  readonly damage: readonly string[];
}

/** The paths whose state a step changes, as far as it is known: a pre-image is kept of each. */
export function pathsOf(step: Step): readonly string[] {
  return step.kind === "exec" ? step.touches : [placeOf(step)];
}

/** What a step without a program replaces: the file itself, where its path is a link to it. */
export function placeOf(step: Exclude<Step, ExecStep>): string {
  return ("at" in step ? step.at : undefined) ?? step.path;
}

/** @param index Of the path among those of the step, from 0. */
export function imageName(step: Step, index: number): string {
  return `${String(step.id).padStart(2, "0")}-${index + 1}.json`;
}

/**
 * Reads `before/` of one record and believes nothing but what the record noted before each step, of the paths of its
 * plan. Throws HostError where it may not be read.
 */
export function readPreImages(reader: Reader, { id, plan, kept }: PreImageRecord): PreImages {
  const folder = posix.join(JOURNALS, id, "before");
  const files = new Set((reader.list(folder) ?? []).filter((name) => IMAGE_NAME.test(name)));
  const images = new Map<string, KeptImage>();
  const unnoted: KeptImage[] = [];
  const damage: string[] = [];
  for (const step of plan?.steps ?? []) {
    const noted = kept[step.id];
    for (const [index, path] of pathsOf(step).entries()) {
      const name = imageName(step, index);
      const isThere = files.delete(name);
      if (noted === undefined && !isThere) continue;
      const of = { step: step.id, name: step.kind === "exec" ? path : step.path };
      const image = imageAt(
        reader,
        posix.join(folder, name),
        path,
        noted === undefined ? "any" : noted[name],
      );
      if (typeof image === "string") damage.push(`before/${name} ${image}`);
      else if (noted === undefined) unnoted.push({ ...image, ...of });
      else if (!images.has(path)) images.set(path, { ...image, ...of });
    }
  }
  if (plan !== undefined)
    damage.push(...[...files].map((name) => `before/${name} is of no step of the plan`));
  return { images: [...images.values()], unnoted, damage };
}

const IMAGE_NAME = /^\d+-\d+\.json$/;

/** What is wrong with a record, its pre-images included. */
export function damageOf(
  reader: Reader,
  record: PreImageRecord & { readonly damage: readonly string[] },
): readonly string[] {
  return [...record.damage, ...readPreImages(reader, record).damage];
}

/** The paths of all that is kept, believed or not, for what lies beside them. */
export function imagedPaths(reader: Reader, id: string): readonly string[] {
  const folder = posix.join(JOURNALS, id, "before");
  return (reader.list(folder) ?? []).flatMap((name) => {
    const bytes = IMAGE_NAME.test(name) ? reader.readFile(posix.join(folder, name)) : undefined;
    const image = bytes === undefined ? undefined : readJson(bytes);
    return isPreImage(image) ? [image.path] : [];
  });
}

/** The image, or what is wrong with it. */
function imageAt(reader: Reader, file: string, path: string, noted: string | undefined): PreImage | string {
  const bytes = reader.readFile(file);
  if (noted === undefined) return `(${path}) is not noted`;
  if (bytes === undefined) return `(${path}) is missing`;
  if (noted !== "any" && sha256Of(bytes) !== noted) return `(${path}) was altered`;
  const image = readJson(bytes);
  if (!isPreImage(image)) return `(${path}) is damaged`;
  if (image.path !== path) return `is of ${image.path}, not of ${path}`;
  const folders = image.kind === "absent" ? (image.folders ?? []) : [];
  const other = folders.find((folder) => !path.startsWith(`${folder}/`));
  return other === undefined ? image : `(${path}) names ${other}, which is not above it`;
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
