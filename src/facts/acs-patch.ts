import type { Reader } from "../host/reader.ts";
import type { AcsPatch, BootLog, Fact } from "../model/index.ts";
import { AcsPatchJudge, TEXTS, clueOfBootLog, clueOfImage, clueOfSymbols } from "./acs-clues.ts";
import type { Clue } from "./acs-clues.ts";
import { attemptLater } from "./fact.ts";

/** What is asked about the kernel that runs. */
export interface RunningKernel {
  /** Left out where this boot's line does not have the option: the log says nothing of it then. */
  readonly bootLog?: Fact<BootLog>;
}

/**
 * Whether an installed kernel carries the ACS override patch: by its symbols and, of the running kernel, by
 * /proc/kallsyms (proc(5); names without addresses may be read by anybody) and the boot log; else by the image itself.
 * Its family, which needs no reading, is left to whoever has no better answer.
 */
export async function readAcsPatch(
  reader: Reader,
  release: string,
  running: RunningKernel | undefined,
): Promise<AcsPatch> {
  const judge = new AcsPatchJudge(release);
  const modules = `/lib/modules/${release}`;
  const heard = async (paths: readonly string[], toClue: typeof clueOfImage): Promise<boolean> => {
    for (const path of paths) {
      const clue = await look(reader, path, toClue);
      if (clue !== undefined && judge.hear(clue)) return true;
    }
    return false;
  };
  if (await heard([`/boot/System.map-${release}`, `${modules}/System.map`], clueOfSymbols))
    return judge.verdict;
  if (running !== undefined) {
    if (await heard(["/proc/kallsyms"], clueOfSymbols)) return judge.verdict;
    if (running.bootLog !== undefined && judge.hear(clueOfBootLog(running.bootLog))) return judge.verdict;
  }
  await heard([`/boot/vmlinuz-${release}`, `${modules}/vmlinuz`], clueOfImage);
  return judge.verdict;
}

/** Nothing where nothing stands: another path may have it. */
async function look(reader: Reader, path: string, toClue: typeof clueOfImage): Promise<Clue | undefined> {
  const search = await attemptLater(path, () => searchIfThere(reader, path));
  if (!search.known) return { shows: "nothing", clause: search.why };
  return search.value === "not there" ? undefined : toClue(path, search.value);
}

async function searchIfThere(reader: Reader, path: string) {
  return (await reader.search(path, TEXTS)) ?? "not there";
}
