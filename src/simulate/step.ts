import { kernelFileAt } from "../platform/debian/layout.ts";
import { posix } from "node:path";
import { known } from "../facts/fact.ts";
import type { BootPathFact, HostState, Step } from "../model/index.ts";
import { sha256Of } from "../sha256.ts";
import { afterProgram } from "./action.ts";
import { withText } from "./texts.ts";
import type { World } from "./world.ts";
import { bootsBy, doubtful, fileAt, withCopyOf, withFile, worldOf } from "./world.ts";

/** More than that tell nothing that fewer would not: the next prefix is unknown instead. */
const MOST_WORLDS = 32;
/** Up to so many are not compared with each other. */
const FEW = 4;

/**
 * The host as it is, and as it may be after each of the steps: exactly where hostcfg itself writes, by what is known of a
 * program where one runs, with one state for each way in which that may end well. Pure, and no file is read.
 */
export function prefixStates(state: HostState, steps: readonly Step[]): readonly (readonly HostState[])[] {
  let worlds: readonly World[] = [worldOf(state)];
  return [
    [state],
    ...steps.map((step) => {
      worlds = afterStep(step, worlds);
      return worlds.map((world) => world.state);
    }),
  ];
}

function afterStep(step: Step, worlds: readonly World[]): readonly World[] {
  const after = distinct(worlds.flatMap((world) => afterOne(step, world)));
  const [first] = after;
  if (after.length <= MOST_WORLDS || first === undefined) return after;
  return [doubtful(first, "the programs of this plan may leave too many different states")];
}

/** Programs may lead to one state in several ways. */
function distinct(worlds: readonly World[]): readonly World[] {
  if (worlds.length <= FEW) return worlds;
  const byState = new Map(
    worlds.map((world) => [JSON.stringify([world.state.kernels, world.state.bootLoader]), world]),
  );
  return [...byState.values()];
}

function afterOne(step: Step, world: World): readonly World[] {
  switch (step.kind) {
    case "exec":
      return afterProgram(world, step);
    case "symlink":
      return [afterLink(world, step.path, step.target)];
    case "copyFile":
      return [withCopyOf(world, step.from, step.path, step.size)];
    case "writeFile":
      return [written(world, step.path, step.content)];
    case "restore":
      return [written(world, step.path, Buffer.from(step.base64, "base64"))];
    case "remove":
      return [
        bootsBy(world, step.path)
          ? withFile(world, step.path, undefined)
          : withText(world, step.path, undefined),
      ];
  }
}

function written(world: World, path: string, content: string | Uint8Array): World {
  if (!bootsBy(world, path))
    return withText(world, path, typeof content === "string" ? content : Buffer.from(content).toString());
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return withFile(world, path, { size: bytes.length, sha256: { known: true, value: sha256Of(bytes) } });
}

/** The link itself; one that has the name of a kernel's file is listed as such, with the size of what it leads to. */
function afterLink(world: World, path: string, target: string): World {
  const next = posix.resolve(posix.dirname(path), target);
  const { bootPaths } = world.state;
  const through = bootPaths.find((fact) => fact.path === next);
  const resolved = through?.kind === "symlink" ? through.resolved : next;
  const end = resolved === undefined ? known(undefined) : fileAt(world, resolved);
  const ends =
    end.known && end.value !== undefined ? { resolved: end.value.path, endsAt: "file" as const } : {};
  const link: BootPathFact = { path, kind: "symlink", target, ...ends };
  const linked = {
    ...world,
    state: { ...world.state, bootPaths: [...bootPaths.filter((fact) => fact.path !== path), link] },
  };
  if (kernelFileAt(path) === undefined) return linked;
  if (!end.known) return doubtful(linked, end.why);
  return end.value === undefined
    ? withFile(linked, path, { size: 0 })
    : withCopyOf(linked, end.value.path, path);
}
