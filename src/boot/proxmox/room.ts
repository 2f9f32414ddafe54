import { known } from "../../facts/fact.ts";
import type { Diagnostic } from "../../model/index.ts";
import type { LoaderInput } from "../loader.ts";
import { freeableKernels, room, sizeOf } from "../space.ts";
import type { Host } from "./host.ts";
import { readyEsps } from "./host.ts";
import { keptReleases } from "./kept.ts";
import { fileAt, pathsOf } from "./refresh.ts";

/**
 * Whether each ESP has room for what a refresh adds: it copies all kernels that are kept, each over the one that is
 * there, and only then removes the others. A full ESP is left with half an initrd under the name of the whole one.
 */
export function roomProblems(
  { facts, files }: Host,
  { state, kernels, rebuilt }: LoaderInput,
  pin: string | undefined,
): Diagnostic[] {
  const kept = keptReleases(state, { ...files, ...(pin === undefined ? {} : { pin }) });
  if (!kept.known) return [];
  const copied = kernels.filter(({ release }) => kept.value.includes(release));
  return readyEsps(facts).flatMap(({ uuid, content }) => {
    const bytes = copied
      .flatMap(({ release }) =>
        (["image", "initrd"] as const).map((part) => {
          const there = fileAt(content, pathsOf(release)[part])?.size ?? 0;
          return Math.max(0, sizeOf(kernels, release, part) - there);
        }),
      )
      .reduce((sum, one) => sum + one, 0);
    return room(
      {
        code: "esp-space",
        where: `ESP ${uuid}`,
        free: known(content.freeBytes),
        bytes,
        what: "proxmox-boot-tool's copies",
        guessed: rebuilt !== undefined || copied.some(({ expected }) => expected === true),
      },
      freeableKernels(state, kept.value),
    ).diagnostics;
  });
}
