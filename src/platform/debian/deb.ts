import { posix } from "node:path";
import { debQuery } from "../../host/queries.ts";
import type { Reader } from "../../host/reader.ts";
import type { DebControl, DebFact, Fact } from "../../model/index.ts";
import { acsPatchesInPackage } from "../acs-patch-in-package.ts";
import { parseControl } from "./control.ts";
import { controlFile } from "./control-archive.ts";
import { kernelIn } from "./kernel-of.ts";
import { readContent } from "../package-content.ts";
import { known, unknown } from "../../facts/fact.ts";
import { askForFact, queryFailure } from "../../facts/query-failure.ts";

/**
 * What a package file is and what it would bring, read without installing it.
 *
 * @param workspace The machine that runs hostcfg, which may be another than the host.
 * @param file As the spec writes it.
 * @param path Absolute, on that machine.
 * @param options.acsPatches Whether to look for the ACS override patch in the kernels in it, which costs seconds.
 */
export async function readDeb(
  workspace: Reader,
  file: string,
  path: string,
  options: { readonly acsPatches: boolean } = { acsPatches: false },
): Promise<DebFact> {
  const content = readContent(workspace, path);
  if (!content.known) return { file, path, content, control: content };
  const control = await readControl(workspace, path);
  if (!options.acsPatches) return { file, path, content, control };
  return { file, path, content, control, acsPatches: await acsPatchesInPackage(workspace, file, path) };
}

function readControl(workspace: Reader, path: string): Promise<Fact<DebControl>> {
  return askForFact(workspace, debQuery(path), (answer) => {
    if (!answer.ran) return unknown(`the control file of ${path} cannot be read: ${answer.why}`);
    if (answer.exitCode !== 0) return queryFailure("dpkg-deb", answer);
    const control = controlFile(answer.stdout);
    if (control === undefined) return unknown(`${path} has no control file`);
    return withKernel(parseDebControl(control), controlFile(answer.stdout, "md5sums") ?? "");
  });
}

/** Most packages hold a list of their files with digests (deb-md5sums(5)). */
function withKernel(control: Fact<DebControl>, md5sums: string): Fact<DebControl> {
  if (!control.known) return control;
  const kernel = kernelIn(md5sums);
  return kernel === undefined ? control : known({ ...control.value, kernel });
}

/** NAME_VERSION_ARCHITECTURE.deb, the version without its epoch (dpkg-name(1)). */
export function nameInFile(file: string): { name: string; version: string } {
  const [name = "", version = ""] = posix.basename(file, ".deb").split("_");
  return { name, version };
}

/** deb-control(5). */
export function parseDebControl(text: string): Fact<DebControl> {
  const fields = parseControl(text)[0];
  const field = (name: string) => fields?.get(name) ?? "";
  const mandatory = ["Package", "Version", "Architecture"] as const;
  const missing = mandatory.find((name) => field(name.toLowerCase()) === "");
  if (missing !== undefined) return unknown(`its control file has no field ${missing}`);
  const installedSize = field("installed-size");
  return known({
    package: field("package"),
    version: field("version"),
    architecture: field("architecture"),
    depends: [field("pre-depends"), field("depends")].filter((value) => value !== "").join(", "),
    ...(/^[0-9]+$/.test(installedSize) ? { installedSize: Number(installedSize) } : {}),
  });
}
