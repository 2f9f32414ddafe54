import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { AcsPatch, Fact } from "../model/index.ts";
import { AcsPatchJudge, TEXTS, clueOfImage, clueOfSymbols } from "../facts/acs-clues.ts";
import { attemptLater, known, unknown } from "../facts/fact.ts";

/**
 * Whether the kernels that a package would install carry the ACS override patch, by their System.map, then by their
 * images; empty for a package without a kernel. Nothing is installed.
 *
 * @param file As the spec writes it, for the evidence.
 * @param path Absolute, on the machine that has it.
 */
export async function acsPatchesInPackage(
  workspace: Reader,
  file: string,
  path: string,
): Promise<Fact<readonly AcsPatch[]>> {
  const search = await attemptLater(path, () => workspace.searchPackage(path, TEXTS));
  if (!search.known) return search;
  const { files, incomplete } = search.value;
  if (incomplete !== undefined && files.length === 0) return unknown(`${file}: ${incomplete}`);
  // By name, so System.map comes before vmlinuz.
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const judges = new Map<string, { judge: AcsPatchJudge; decided: boolean }>();
  for (const found of sorted) {
    const { kind, release } = kernelFileOf(found.path);
    const entry = judges.get(release) ?? { judge: new AcsPatchJudge(release), decided: false };
    const place = `${found.path} in ${posix.basename(file)}`;
    const clue = kind === "vmlinuz" ? clueOfImage(place, found) : clueOfSymbols(place, found);
    if (!entry.decided) entry.decided = entry.judge.hear(clue);
    judges.set(release, entry);
  }
  return known([...judges.values()].map(({ judge }) => judge.verdict));
}

/** Debian's stand in /boot under their release, Arch's image among the modules of it. */
function kernelFileOf(path: string): { readonly kind: string | undefined; readonly release: string } {
  const [, kind, release] = /^(System\.map|vmlinuz)-(.+)$/.exec(posix.basename(path)) ?? [];
  if (release !== undefined) return { kind, release };
  return { kind: posix.basename(path), release: posix.basename(posix.dirname(path)) };
}
