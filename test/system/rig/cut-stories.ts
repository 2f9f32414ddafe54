import { mkdtempSync, readFileSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { copyDisks } from "./disks.ts";
import { FIRST_BOOT, NEWER, OLDER, bootGrub, playGrub, write } from "./grub.ts";
import { HOSTCFG, STORY } from "./hostcfg.ts";
import type { Started } from "./live.ts";
import { playBoot, playLoader } from "./loader.ts";
import { Machine } from "./machine.ts";
import { bootSystemdBoot } from "./systemd-boot.ts";

/** A host of one loader, and what is done to it one after the other. */
export interface CutStory {
  readonly name: string;
  /** What runs on the host at first; without it, what the recorded host does. */
  readonly firstBoot?: Started;
  /** Makes the host and leaves it switched off. */
  make(): Promise<Machine>;
  /** A machine, switched off, of the disks in the folder. */
  machine(folder: string): Machine;
  /** What the loader would start; throws where it could not. */
  play(machine: Machine): Started;
  readonly phases: readonly CutPhase[];
}

export interface CutPhase {
  readonly name: string;
  /** Before the command, when nothing is cut. */
  prepare(machine: Machine): Promise<void>;
  readonly argv: readonly string[];
}

export const APPLY = [...HOSTCFG, "apply", "--auto-approve"];
const undo = (id: string): readonly string[] => [...HOSTCFG, "undo", id, "--auto-approve"];

/** Memory, where there is enough of it: a copy of the disks is then a matter of a tenth of a second. */
export function scratchFolder(prefix: string): string {
  return mkdtempSync(join(scratchParent(), `hostcfg-${prefix}-`));
}

function scratchParent(): string {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > 6e9 ? "/dev/shm" : tmpdir();
  } catch {
    return tmpdir();
  }
}

type Prepare = CutPhase["prepare"];

const nothing: Prepare = () => Promise.resolve();

function phases(second: Prepare, first: Prepare = nothing): readonly CutPhase[] {
  return [
    { name: "the first apply", prepare: first, argv: APPLY },
    { name: "a second apply", prepare: second, argv: APPLY },
    { name: "the undo of the second", prepare: nothing, argv: undo("2") },
    { name: "the undo of the first", prepare: nothing, argv: undo("1") },
  ];
}

const SPEC = `${STORY}/host.yaml`;

async function declareOtherOptions(machine: Machine): Promise<void> {
  const spec = machine.readText(SPEC);
  const other = spec.replace(/present: \[(.*)\]/, "present: [$1, hugepages=8, iommu=pt]");
  if (other === spec) throw new Error(`the spec declares no options to change:\n${spec}`);
  await write(machine, SPEC, other);
}

const DEBIAN_SPEC = `apiVersion: hostcfg/v1
kernel:
  release: ${OLDER}
kernelOptions:
  present: [amd_iommu=on]
  absent: [quiet]
`;

const declareDebian = (machine: Machine): Promise<void> => write(machine, SPEC, DEBIAN_SPEC);

let nodes = 0;

export const KERNELSTUB: CutStory = {
  name: "kernelstub",
  make: () => {
    const folder = scratchFolder("cut");
    copyDisks(inject("folder"), folder);
    return Promise.resolve(new Machine(folder));
  },
  machine: (folder) => new Machine(folder),
  play: playBoot,
  phases: phases(declareOtherOptions),
};

export const GRUB: CutStory = {
  name: "GRUB",
  firstBoot: FIRST_BOOT,
  make: async () => moved(await bootGrub(), GRUB),
  machine: (folder) => new Machine(folder, { rootNode: `/dev/hostcfg-${process.pid}-${(nodes += 1)}` }),
  play: (machine) => {
    const { release, cmdline, kernel, initrd } = playGrub(machine);
    const whole = (path: string): boolean => readFileSync(machine.path(path)).length > 60_000;
    if (!whole(kernel) || !whole(initrd)) throw new Error(`${kernel} or ${initrd} is not whole`);
    return { release, cmdline };
  },
  phases: phases(declareOtherOptions, declareDebian),
};

/** Holds kernels and initrds that were whole once, to know their copies by when /boot has others. */
const KEPT = "/var/backups/boot";

export async function keepForComparison(machine: Machine, release: string): Promise<void> {
  await machine.must("mkdir", "-p", KEPT);
  await machine.must("cp", `/boot/vmlinuz-${release}`, `/boot/initrd.img-${release}`, KEPT);
}

export const SYSTEMD_BOOT: CutStory = {
  name: "systemd-boot",
  firstBoot: { release: NEWER, cmdline: `initrd=\\debian\\${NEWER}\\initrd.img-${NEWER} ro quiet` },
  make: async () => moved(await bootSystemdBoot(), SYSTEMD_BOOT),
  machine: (folder) => new Machine(folder),
  play: (machine) => playLoader(machine, [KEPT, "/boot"]),
  phases: phases(declareOtherOptions, declareDebian),
};

async function moved(made: Machine, story: CutStory): Promise<Machine> {
  await made.powerOff();
  const folder = scratchFolder("cut");
  copyDisks(made.folder, folder);
  await made.discard();
  return story.machine(folder);
}
