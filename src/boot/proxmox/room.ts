import { known } from "../../facts/fact.ts";
import type { Diagnostic, HostState } from "../../model/index.ts";
import type { LoaderInput } from "../loader.ts";
import { freeableKernels, room, sizeOf } from "../space.ts";
import type { Host } from "./host.ts";
import { loaderOfEsps, readyEsps } from "./host.ts";
import { keptReleases } from "./kept.ts";
import { fileAt, filesOn } from "./refresh.ts";

/**
 * Whether each ESP has room for what a refresh adds: it copies all kernels that are kept, each over the one that is
 * there, and only then removes the others. A full ESP is left with half an initrd under the name of the whole one.
 */
export function roomProblems(host: Host, input: LoaderInput, pin: string | undefined): Diagnostic[] {
  const { state, kernels, rebuilt } = input;
  const kept = releasesKept(host, input, pin);
  const isNew = kernels.some(({ release, expected }) => expected === true && kept.includes(release));
  return growthOf(host, input, pin).flatMap(
    ({ uuid, free, bytes }) =>
      room(
        {
          code: "esp-space",
          where: `ESP ${uuid}`,
          free: known(free),
          bytes,
          what: "proxmox-boot-tool's copies",
          guessed: rebuilt !== undefined || isNew,
        },
        freeableOn(host, uuid, state, pin),
        state.initramfs,
      ).diagnostics,
  );
}

/** Of the kernels whose removal takes them from /boot, those that are on the ESP as well. */
function freeableOn({ facts, files }: Host, uuid: string, state: HostState, pin: string | undefined) {
  const content = readyEsps(facts).find((esp) => esp.uuid === uuid)?.content;
  const there = state.kernels.known
    ? state.kernels.value.filter(
        ({ release }) =>
          content !== undefined &&
          fileAt(content, filesOn(loaderOfEsps(facts) ?? "systemd-boot", release).image) !== undefined,
      )
    : [];
  const needed = [pin, files.pin, files.nextBootPin, ...files.added].filter((one) => one !== undefined);
  return freeableKernels({ ...state, kernels: known(there) }, needed);
}

/** What a refresh adds to each ESP; nothing where it is not known which kernels the tool keeps. */
export function growthOf(
  host: Host,
  input: LoaderInput,
  pin: string | undefined,
): readonly { readonly uuid: string; readonly free: number; readonly bytes: number }[] {
  const { kernels } = input;
  const kept = releasesKept(host, input, pin);
  const copied = kernels.filter(({ release }) => kept.includes(release));
  const loader = loaderOfEsps(host.facts) ?? "systemd-boot";
  return readyEsps(host.facts).map(({ uuid, content }) => {
    const bytes = copied
      .flatMap(({ release }) =>
        (["image", "initrd"] as const).map((part) => {
          const there = fileAt(content, filesOn(loader, release)[part])?.size ?? 0;
          return Math.max(0, sizeOf(kernels, release, part) - there);
        }),
      )
      .reduce((sum, one) => sum + one, 0);
    return { uuid, free: content.freeBytes, bytes };
  });
}

function releasesKept({ files }: Host, { state }: LoaderInput, pin: string | undefined): readonly string[] {
  const kept = keptReleases(state, { ...files, ...(pin === undefined ? {} : { pin }) });
  return kept.known ? kept.value : [];
}
