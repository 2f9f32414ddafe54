import type { Diagnostic, KernelFact } from "../../model/index.ts";
import { isNamed, namingsOf } from "../bls/naming.ts";
import { problem } from "../problem.ts";
import type { Demand, Freeable, Room } from "../space.ts";
import { room } from "../space.ts";
import type { Stub } from "./host.ts";
import { pinFolder, pinId, releaseOfPin } from "./pin-files.ts";
import type { PinWork } from "./pin-work.ts";
import { copySteps, forgotten } from "./pin-steps.ts";

export function oneShot(stub: Stub, release: string): Diagnostic[] {
  const { oneShot } = stub.default;
  if (oneShot === undefined) return [];
  const says = { pattern: oneShot, place: "variable" } as const;
  const path = `${pinId(release)}.conf`;
  if (namingsOf(stub.default).every((naming) => isNamed(naming, says, { path }))) return [];
  return [
    problem(
      "one-shot-entry",
      `the next boot starts another entry: the EFI variable LoaderEntryOneShot is ${oneShot}`,
      'sudo bootctl set-oneshot "", or reboot once before',
    ),
  ];
}

/** Its hooks then put a firmware entry of their own first, which starts no loader at all. */
export function stubMode(stub: Stub): Diagnostic[] {
  if (stub.configuration.manageMode) return [];
  return [
    problem(
      "kernelstub-stub-mode",
      "kernelstub is not in manage mode: each run makes a firmware entry that starts its kernel past every boot menu",
      "sudo kernelstub --manage-only",
    ),
  ];
}

/** @param besides Bytes that kernelstub's own hooks copy before. */
export function space(work: PinWork, besides: number): Room {
  const { stub, input, release } = work;
  const steps = copySteps(work, []);
  const bytes = steps.reduce((sum, step) => sum + (step.kind === "copyFile" ? step.size : 0), 0);
  const demand: Demand = {
    code: "esp-space",
    where: stub.esp.mountPoint,
    free: stub.esp.freeBytes,
    bytes: bytes === 0 ? 0 : bytes + besides,
    what: `hostcfg's own copies of ${release}`,
    guessed: input.kernels.some((one: KernelFact) => one.release === release && one.expected === true),
  };
  const freeable = forgotten(stub, input.state.running.release, release).map((entry): Freeable => {
    const folder = pinFolder(stub.esp.mountPoint, releaseOfPin(entry));
    return {
      what: "an earlier pin",
      bytes: (entry.image?.size ?? 0) + (entry.initrd?.size ?? 0),
      how: `sudo rm -r ${folder} ${entry.path}`,
    };
  });
  return room(demand, freeable, input.state.initramfs);
}
