import { posix } from "node:path";
import { attemptLater, known, unknown } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { DebControl, DebFact, Fact } from "../../model/index.ts";
import { acsPatchesInPackage } from "../acs-patch-in-package.ts";
import { readContent } from "../package-content.ts";
import { kernelIn } from "./kernel-of.ts";

const SUFFIX = /\.pkg\.tar(?:\.\w+)?$/;

/** Whether a file is a package of pacman's, by its name. */
export function isPackageFile(file: string): boolean {
  return SUFFIX.test(file);
}

/** makepkg calls them NAME-VERSION-RELEASE-ARCHITECTURE.pkg.tar.zst, and no version has a dash. */
export function nameInFile(file: string): { name: string; version: string } {
  const [, name, version] = /^(.+)-([^-]+-[^-]+)-[^-]+$/.exec(posix.basename(file).replace(SUFFIX, "")) ?? [];
  return { name: name ?? posix.basename(file), version: version ?? "" };
}

/** What a package file is and what it would bring, read without a program of pacman's. */
export async function readPackageFile(
  workspace: Reader,
  file: string,
  path: string,
  options: { readonly acsPatches: boolean },
): Promise<DebFact> {
  const content = readContent(workspace, path);
  if (!content.known) return { file, path, content, control: content };
  const control = await readInfo(workspace, path);
  if (!options.acsPatches) return { file, path, content, control };
  return { file, path, content, control, acsPatches: await acsPatchesInPackage(workspace, file, path) };
}

async function readInfo(workspace: Reader, path: string): Promise<Fact<DebControl>> {
  const found = await attemptLater(path, () => workspace.readPackage(path));
  if (!found.known) return found;
  if ("why" in found.value) return unknown(`${path} is no package of pacman's: ${found.value.why}`);
  const { info, files } = found.value;
  return parseInfo(info, files);
}

/** `key = value` lines; a key may stand on several. */
export function parseInfo(text: string, files: readonly string[]): Fact<DebControl> {
  const lines = [...text.matchAll(/^(\w+) = (.*)$/gm)];
  const all = (key: string): string[] => lines.flatMap(([, one, value = ""]) => (one === key ? [value] : []));
  const [name, version, architecture] = [all("pkgname")[0], all("pkgver")[0], all("arch")[0]];
  if (name === undefined || version === undefined || architecture === undefined)
    return unknown("its .PKGINFO has no pkgname, pkgver or arch");
  const bytes = all("size")[0];
  const kernel = kernelIn(files, () => all("pkgbase")[0]);
  return known({
    package: name,
    version,
    architecture,
    depends: all("depend").join(", "),
    ...(bytes !== undefined && /^[0-9]+$/.test(bytes)
      ? { installedSize: Math.ceil(Number(bytes) / 1024) }
      : {}),
    ...(kernel === undefined ? {} : { kernel }),
  });
}
