import type { Machine } from "./program.ts";

/** hostcfg's own program of this name, in front of the real one as long as a command of an apply runs. */
export function ownProgram(
  name: string,
  { root, cutsOff }: Machine,
): { readonly isThere: boolean; readonly refuses: boolean; readonly said: string } {
  const path = `/var/lib/hostcfg/programs/${name}`;
  const isThere = root.exists(path);
  return {
    isThere,
    // It has hostcfg read the new initrd before the rename, and then there is none.
    refuses: isThere && cutsOff === true && root.text(path).includes("judge-initrd"),
    said: "hostcfg: the new initrd cannot be read to its end\n",
  };
}
