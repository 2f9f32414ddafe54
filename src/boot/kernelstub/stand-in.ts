import { known } from "../../facts/fact.ts";
import type { StandIn, ProtectedHost } from "../protect.ts";
import { couldName } from "../bls/naming.ts";
import { WAY_BACK, isWayBack } from "../bls/way-back-entry.ts";
import type { LoaderInput, LoaderPlan } from "../loader.ts";
import type { Stub } from "./host.ts";
import { usable } from "./host.ts";
import { menu } from "./menu.ts";
import { currentId, oldId } from "./probe.ts";
import { nextBootOf } from "../menu.ts";
import { namedEntry } from "./pin-work.ts";

interface ProtectedStub extends ProtectedHost {
  readonly stub: Stub;
}

/** kernelstub truncates the kernel that boots, then fills it again, and gives its older entry the new options as well. */
export const standIn: StandIn<ProtectedStub> = {
  hostOf: ({ state }) => {
    const stub = usable(state);
    if ("problems" in stub) return undefined;
    const { esp, entries, files, copies } = stub;
    return {
      stub,
      tool: "kernelstub",
      wayBack: WAY_BACK,
      setting: stub.default,
      entries,
      files,
      copies,
      esp,
      home: esp,
      // A one-shot entry comes first, and is gone afterwards.
      chosen: stub.default.oneShot === undefined ? namedEntry(stub) : undefined,
    };
  },
  rewrites: ({ stub }, { id }, input, alone) => {
    const atRisk = id === currentId(stub.name) || id === oldId(stub.name);
    return atRisk && kernelstubRuns(stub, input, alone) ? {} : undefined;
  },
  staged: (_host, { state, wish }) => nextBootOf("kernelstub", menu(state, wish.release)),
  former: ({ stub }, note) => {
    const former = note?.former;
    const isThere =
      former !== undefined && stub.entries.some(({ id }) => !isWayBack(id) && couldName(former, id));
    return isThere ? former : `${currentId(stub.name)}*`;
  },
  // The plan itself says what its hooks write.
  hooks: () => undefined,
  unprotected: () => [],
  seenWith: (input, { setting, files, freeBytes }) => {
    const { state } = input;
    const { kernelstub } = state.bootLoader;
    if (kernelstub === undefined) return input;
    const { pins, esp } = kernelstub;
    const seen = {
      ...kernelstub,
      ...(setting === undefined ? {} : { loaderDefault: known(setting) }),
      ...(files === undefined || !pins.known ? {} : { pins: known({ ...pins.value, texts: files }) }),
      ...(freeBytes === undefined || !esp.known ? {} : { esp: known({ ...esp.value, freeBytes }) }),
    };
    return { ...input, state: { ...state, bootLoader: { ...state.bootLoader, kernelstub: seen } } };
  },
};

/** Whether what the plan does runs kernelstub, itself or by the hooks of packages and initrds. */
function kernelstubRuns(stub: Stub, { hooksRun }: LoaderInput, { steps }: LoaderPlan): boolean {
  const runs = steps.some(
    (step) => step.kind === "exec" && step.action.does === "copy-kernel" && step.action.by === "kernelstub",
  );
  return runs || (hooksRun && stub.hooks.length > 0);
}
