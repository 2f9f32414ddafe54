import type { Diagnostic, KernelFact, LoaderEntry } from "../../model/index.ts";
import type { BootWish, LoaderInput } from "../loader.ts";
import { problem, warning } from "../problem.ts";
import type { Room } from "../space.ts";
import { freeableKernels, room, sizeOf } from "../space.ts";
import type { Host } from "./driven-host.ts";
import type { Target } from "./target.ts";

export function oneShot({ choice }: Host, wish: BootWish, { entry }: Target): Diagnostic[] {
  if (choice?.once !== true || wish.release === undefined || choice.entry.path === entry.path) return [];
  return [
    problem(
      "one-shot-entry",
      `the next boot starts another entry: ${choice.by}`,
      'sudo bootctl set-oneshot "", or reboot once before',
    ),
  ];
}

export function space(
  { facts, entries }: Host,
  { state, kernels }: LoaderInput,
  { release = "", entry }: Target,
): Room {
  const { mountPoint, freeBytes } = facts.boot;
  // kernel-install removes each of its old files before it copies the new one.
  const more = (part: "image" | "initrd"): number => {
    const old = entries.map((one) => one[part]).find((file) => file?.path === entry[part]?.path);
    return Math.max(0, sizeOf(kernels, release, part) - (old?.size ?? 0));
  };
  const kept = [release, ...entries.flatMap(({ version }) => version ?? [])];
  return room(
    {
      code: "esp-space",
      where: mountPoint,
      free: freeBytes,
      bytes: more("image") + more("initrd"),
      what: `kernel-install's copies of ${release}`,
      guessed: kernels.some((kernel: KernelFact) => kernel.release === release && kernel.expected === true),
    },
    freeableKernels(state, kept),
    state.initramfs,
  );
}

export function counted({ id, tries }: LoaderEntry): Diagnostic {
  return warning(
    "boot-counting-defeated",
    `${id} counts its boot tries (${tries?.left ?? 0} left), and a default that names it is started all the same when none is left`,
    "remove /etc/kernel/tries if you do not want counting",
  );
}
