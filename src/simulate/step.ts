import { layoutOf } from "../platform/platforms.ts";
import { posix } from "node:path";
import { known } from "../facts/fact.ts";
import type { BootPathFact, HostState, Step } from "../model/index.ts";
import { sha256Of } from "../sha256.ts";
import { afterProgram } from "./action.ts";
import { withText } from "./texts.ts";
import type { ForeseenState } from "./foreseen-state.ts";
import { bootsBy, doubtful, fileAt, withCopyOf, withFile, foreseenFrom } from "./foreseen-state.ts";

/** More than that tell nothing that fewer would not: the next prefix is unknown instead. */
const MOST_OUTCOMES = 32;
/** Up to so many are not compared with each other. */
const FEW = 4;

/**
 * The host as it is, and as it may be after each of the steps: exactly where hostcfg itself writes, by what is known of a
 * program where one runs, with one state for each way in which that may end well. Pure, and no file is read.
 */
export function prefixStates(state: HostState, steps: readonly Step[]): readonly (readonly HostState[])[] {
  let outcomes: readonly ForeseenState[] = [foreseenFrom(state)];
  return [
    [state],
    ...steps.map((step) => {
      outcomes = afterStep(step, outcomes);
      return outcomes.map((foreseen) => foreseen.state);
    }),
  ];
}

function afterStep(step: Step, outcomes: readonly ForeseenState[]): readonly ForeseenState[] {
  const after = distinct(outcomes.flatMap((foreseen) => afterOne(step, foreseen)));
  const [first] = after;
  if (after.length <= MOST_OUTCOMES || first === undefined) return after;
  return [doubtful(first, "the programs of this plan may leave too many different states")];
}

/** Programs may lead to one state in several ways. */
function distinct(outcomes: readonly ForeseenState[]): readonly ForeseenState[] {
  if (outcomes.length <= FEW) return outcomes;
  const byState = new Map(
    outcomes.map((foreseen) => [
      JSON.stringify([
        foreseen.state.kernels,
        foreseen.state.bootLoader,
        [...foreseen.files],
        [...foreseen.named],
      ]),
      foreseen,
    ]),
  );
  return [...byState.values()];
}

function afterOne(step: Step, foreseen: ForeseenState): readonly ForeseenState[] {
  switch (step.kind) {
    case "exec":
      return afterProgram(foreseen, step);
    case "symlink":
      return [afterLink(foreseen, step.path, step.target)];
    case "copyFile":
      return [withCopyOf(foreseen, step.from, step.path, step.size)];
    case "writeFile":
      return [written(foreseen, step.path, step.content)];
    case "restore":
      return [written(foreseen, step.path, Buffer.from(step.base64, "base64"))];
    case "remove":
      return [
        bootsBy(foreseen, step.path)
          ? withFile(foreseen, step.path, undefined)
          : withText(foreseen, step.path, undefined),
      ];
  }
}

function written(foreseen: ForeseenState, path: string, content: string | Uint8Array): ForeseenState {
  if (!bootsBy(foreseen, path))
    return withText(foreseen, path, typeof content === "string" ? content : Buffer.from(content).toString());
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return withFile(foreseen, path, { size: bytes.length, sha256: { known: true, value: sha256Of(bytes) } });
}

/** The link itself; one that has the name of a kernel's file is listed as such, with the size of what it leads to. */
function afterLink(foreseen: ForeseenState, path: string, target: string): ForeseenState {
  const next = posix.resolve(posix.dirname(path), target);
  const { bootPaths } = foreseen.state;
  const through = bootPaths.find((fact) => fact.path === next);
  const resolved = through?.kind === "symlink" ? through.resolved : next;
  const end = resolved === undefined ? known(undefined) : fileAt(foreseen, resolved);
  const ends =
    end.known && end.value !== undefined ? { resolved: end.value.path, endsAt: "file" as const } : {};
  const link: BootPathFact = { path, kind: "symlink", target, ...ends };
  const linked = {
    ...foreseen,
    state: { ...foreseen.state, bootPaths: [...bootPaths.filter((fact) => fact.path !== path), link] },
  };
  if (layoutOf(foreseen.state).fileAt(path) === undefined) return linked;
  if (!end.known) return doubtful(linked, end.why);
  return end.value === undefined
    ? withFile(linked, path, { size: 0 })
    : withCopyOf(linked, end.value.path, path);
}
