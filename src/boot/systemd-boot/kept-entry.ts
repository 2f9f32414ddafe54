import { posix } from "node:path";
import { essenceOf } from "../../cmdline.ts";
import type { Change, HostState, LoaderEntry, PackageRef } from "../../model/index.ts";
import { ownKernel } from "../bls/entry-release.ts";
import { runningEntry } from "../bls/running-entry.ts";
import { KEPT, withoutPlace } from "../bls/way-back-entry.ts";
import { replacedBy } from "../../platform/replaced.ts";
import type { DraftStep, LoaderInput } from "../loader.ts";
import { WAY_BACK_ADDRESS, wayBackChange } from "../way-back.ts";
import { writeText } from "../write-text.ts";
import type { Host } from "./driven-host.ts";
import type { Target } from "./target.ts";

/**
 * The entry that this boot came by is known to be good, and is about to get other options: another entry for the same
 * files keeps its own, at the end of the menu, for when the new ones do not come up. It needs no copies, for nothing
 * writes a kernel or an initrd meanwhile.
 *
 * @param line The options that the target gets.
 */
export function keepEntry(
  { files }: Host,
  { state, installing = [] }: LoaderInput,
  { entry, missing }: Target,
  line: string,
  byHand: boolean,
): { readonly changes: readonly Change[]; readonly steps: readonly DraftStep[] } {
  const nothing = { changes: [], steps: [] };
  const { cmdline } = state.running;
  if (missing || !cmdline.known || runningEntry(state)?.path !== entry.path) return nothing;
  if (isReplaced(entry, state, installing)) return nothing;
  const own = essenceOf(entry.options);
  // One that was changed and not yet booted again is not proven: what was kept before is.
  if (own !== essenceOf(cmdline.value) || own === essenceOf(line)) return nothing;
  const text = files.find(({ path }) => path === entry.path)?.text;
  if (text === undefined) return nothing;
  const path = posix.join(posix.dirname(entry.path), `${KEPT}.conf`);
  const present = files.find((file) => file.path === path);
  const content = keptText(text, entry.title ?? entry.id);
  if (present?.text === content) return nothing;
  const change = wayBackChange(
    present === undefined,
    `${entry.id}, with the options of this boot`,
    byHand
      ? "the entry of this boot gets other options; a copy keeps the old ones, with the same kernel and initrd, so an upgrade changes both"
      : "the entry of this boot gets other options; a copy keeps the old ones",
  );
  const step = writeText(
    {
      stage: "way-back",
      title: `keep ${entry.id} with the options of this boot in the boot menu`,
      serves: [WAY_BACK_ADDRESS],
      path,
      content,
    },
    present,
  );
  return { changes: [change], steps: [step] };
}

/** Whether what booted is gone, or goes: the way back is another kernel's entry then (stand-in.ts). */
function isReplaced(
  entry: LoaderEntry,
  { kernels, running: { release } }: HostState,
  installing: readonly PackageRef[],
): boolean {
  const own = ownKernel(entry, kernels);
  if (own?.name === undefined || !kernels.known) return false;
  return (
    (release.known && release.value !== own.release) ||
    installing.some(({ kernel }) => replacedBy(kernels.value, kernel) === own)
  );
}

function keptText(text: string, title: string): string {
  return [
    "# Written by hostcfg: what this host was started by before hostcfg's last apply.",
    `title      ${title} (before the last hostcfg apply)`,
    ...withoutPlace(text),
    "",
  ].join("\n");
}
