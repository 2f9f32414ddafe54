import { known } from "../../facts/fact.ts";
import type { Action, HostState, LoaderEntry } from "../../model/index.ts";
import { couldName } from "../bls/naming.ts";
import { WAY_BACK, isWayBack } from "../bls/way-back-entry.ts";
import type { StandIn } from "../loader.ts";
import type { Stub } from "./host.ts";
import { usable } from "./host.ts";
import { currentId, oldId } from "./probe.ts";
import { namedEntry } from "./pin-work.ts";

/** kernelstub truncates the kernel that boots, then fills it again, and gives its older entry the new options as well. */
export function standIn(state: HostState): StandIn | undefined {
  const { kernelstub } = state.bootLoader;
  const stub = usable(state);
  if (kernelstub === undefined || "problems" in stub) return undefined;
  const { esp, entries, files, copies, name, default: setting } = stub;
  const takesAnyKernel = ({ id }: LoaderEntry): boolean => [currentId(name), oldId(name)].includes(id);
  return {
    tool: "kernelstub",
    standInEntry: WAY_BACK,
    setting,
    entries,
    files,
    copies,
    esp,
    home: esp,
    // A one-shot entry comes first, and is gone afterwards.
    chosen: setting.oneShot === undefined ? namedEntry(stub) : undefined,
    takesAnyKernel,
    writesInPlace: (action, entry) =>
      takesAnyKernel(entry) && runsKernelstub(stub, action) ? {} : undefined,
    formerDefault: (note) => {
      const former = note?.former;
      const isThere =
        former !== undefined && entries.some(({ id }) => !isWayBack(id) && couldName(former, id));
      return isThere ? former : `${currentId(name)}*`;
    },
    withSetting: (changed) => ({
      ...state,
      bootLoader: { ...state.bootLoader, kernelstub: { ...kernelstub, loaderDefault: known(changed) } },
    }),
  };
}

/** Whether the action runs kernelstub, itself or by the hooks of packages and initrds. */
function runsKernelstub({ hooks }: Stub, action: Action): boolean {
  switch (action.does) {
    case "copy-kernel":
      return action.by === "kernelstub";
    case "install":
    case "make-initrd":
      return hooks.length > 0;
    // It has no hook for removals.
    case "remove":
    case "hold":
    case "unhold":
    case "make-menu":
    case "set-default":
    case "set-once":
    case "pin":
    case "put-aside":
    case "drop-aside":
    case "refresh-esps":
      return false;
  }
}
