import { posix } from "node:path";
import { entriesAt, isString, keyOf } from "../document.ts";
import type { Placed } from "../document.ts";
import type { Problem } from "../problem.ts";
import { shown } from "../shown.ts";
import type { Check } from "./check.ts";

/** As many links as the kernel follows in one path (path_resolution(7)). */
const MOST_LINKS = 40;

/** Each link by its path; relative ones are left to the schema. */
function linksOf(document: unknown): Placed<unknown>[] {
  return entriesAt(document, ["bootSymlinks"]).filter((link) => keyOf(link).startsWith("/"));
}

export const linkPaths: Check = function* (document) {
  for (const link of linksOf(document)) {
    const problem = problemOfPath(keyOf(link));
    if (problem !== undefined) yield { ...problem, path: link.path, at: "key" };
  }
};

function problemOfPath(path: string): Problem | undefined {
  const code = "link-path";
  if (path === "/" || path === "/boot") {
    return { code, summary: `${path} is a directory, so it cannot be a link`, hint: EXAMPLE };
  }
  if (path.endsWith("/")) {
    return {
      code,
      summary: `The link path ${shown(path)} names a directory`,
      hint: "remove the slash at its end",
    };
  }
  const odd = path
    .slice(1)
    .split("/")
    .find((name) => name === "" || name === "." || name === "..");
  if (odd !== undefined) {
    const what = odd === "" ? "an empty part" : `a ${odd} part`;
    return { code, summary: `The link path ${shown(path)} has ${what}`, hint: normalHint(path) };
  }
  if (!isManaged(path)) {
    return { code, summary: `The link ${shown(path)} is neither in / nor below /boot`, hint: EXAMPLE };
  }
  if (posix.dirname(path) === "/" && !KERNEL_NAME.test(path)) {
    return { code, summary: `${shown(path)} is no name for a kernel or an initrd in /`, hint: EXAMPLE };
  }
  return undefined;
}

/** In / stand links without which nothing runs (/bin, /lib): only a loader's own names are managed there. */
const KERNEL_NAME = /^\/(vmlinu[xz]|initrd|initramfs|kernel|bzImage|System\.map|config)[A-Za-z0-9._+~-]*$/u;

const EXAMPLE = "hostcfg manages links in / and below /boot, e.g. /vmlinuz or /boot/vmlinuz";

function normalHint(path: string): string {
  const normal = posix.normalize(path);
  return isManaged(normal) ? `write ${normal}` : EXAMPLE;
}

/** A direct child of `/`, or anything below `/boot`. */
function isManaged(path: string): boolean {
  return path.startsWith("/boot/") || (posix.dirname(path) === "/" && path !== "/" && path !== "/boot");
}

export const linkTargets: Check = function* (document) {
  for (const { path, value } of linksOf(document).filter(isString)) {
    const problem = problemOfTarget(value);
    if (problem !== undefined) yield { ...problem, path, at: "value" };
  }
};

function problemOfTarget(target: string): Problem | undefined {
  const code = "link-target";
  const names = target.split("/");
  if (names.includes("..")) {
    return {
      code,
      summary: `The link target ${shown(target)} has a .. part`,
      hint: "write an absolute target, or one relative to the link's own folder",
    };
  }
  const last = names.at(-1);
  if (target !== "" && (last === "" || last === ".")) {
    return {
      code,
      summary: `The link target ${shown(target)} names a directory`,
      hint: "name the kernel or initrd file itself",
    };
  }
  return undefined;
}

/** A link to itself, directly or through other declared links. */
export const noLinkLoop: Check = function* (document) {
  const targets = new Map(
    linksOf(document)
      .filter(isString)
      .map((link) => [keyOf(link), posix.resolve(posix.dirname(keyOf(link)), link.value)]),
  );
  for (const link of targets.keys()) {
    if (!leadsBack(link, targets)) continue;
    yield {
      code: "link-loop",
      summary: `The link ${shown(link)} leads back to itself`,
      hint: "name the kernel or initrd file itself",
      path: ["bootSymlinks", link],
      at: "value",
    };
  }
};

function leadsBack(link: string, targets: ReadonlyMap<string, string>): boolean {
  let at = targets.get(link);
  for (let followed = 0; at !== undefined && followed < MOST_LINKS; followed++) {
    if (at === link) return true;
    at = targets.get(at);
  }
  return false;
}
