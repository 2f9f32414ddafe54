import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Partition } from "./efi-disk.ts";
import type { Files } from "./fat.ts";
import { makeEfiDisk } from "./efi-disk.ts";
import { tool } from "./tool.ts";

const OVMF = "/usr/share/OVMF";
const MODULES = ["boot", "chain", "echo", "fat", "halt", "minicmd", "part_gpt", "search_fs_uuid", "terminal"];

/**
 * Each instruction takes 256 ns of the guest's time: many seconds of it pass in one of ours, and loaders wait for seconds
 * in a loop, for a key and after each error.
 */
const FAST_CLOCK = ["-icount", "shift=8,sleep=off"];

/** A loader that says nothing for so long waits for a key. */
const SILENCE_SECONDS = 60;

export interface Question {
  /** The loader's path on its partition. */
  readonly program: string;
  readonly esp: Files;
  /** What is on XBOOTLDR. The loader takes the first of its disk, so this question gets a disk of its own. */
  readonly boot?: Files;
}

/**
 * Boots OVMF once in QEMU and starts loader after loader there, each from an ESP of its own. A small GRUB does this: it
 * starts the next one when one returns. Answers what each showed on the serial console.
 */
export async function askLoaders(questions: readonly Question[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "hostcfg-firmware-"));
  try {
    const console = await boot(folder, makeDisks(folder, questions));
    return questions.map((_, index) => between(console, mark(index), mark(index + 1)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function mark(index: number): string {
  return `JUDGE-MENU-${index}-`;
}

function between(console: string, from: string, to: string): string {
  const [start, end] = [console.indexOf(from), console.indexOf(to)];
  if (start === -1 || end === -1)
    throw new Error(`the firmware did not come to ${to}:\n${console.slice(-4000)}`);
  return console.slice(start + from.length, end);
}

function makeDisks(folder: string, questions: readonly Question[]): string[] {
  const serial = (index: number): number => index + 2;
  const parts = (index: number): Partition[] => {
    const { esp, boot } = questions[index] ?? { esp: {} };
    return [
      { type: "esp", serial: serial(index), files: esp },
      ...(boot === undefined ? [] : [{ type: "xbootldr" as const, serial: 0x10000 + index, files: boot }]),
    ];
  };
  const script = questions.flatMap(({ program }, index) => [
    `echo ${mark(index)}`,
    `search.fs_uuid 0000-${serial(index).toString(16).padStart(4, "0")} root`,
    `chainloader /${program}`,
    "boot",
  ]);
  const first: Partition = {
    type: "esp",
    serial: 1,
    files: { "EFI/BOOT/BOOTX64.EFI": chain(folder, [...script, `echo ${mark(questions.length)}`, "halt"]) },
  };
  const indices = [...questions.keys()];
  const alone = indices.filter((index) => questions[index]?.boot !== undefined);
  const together = indices.filter((index) => !alone.includes(index));
  return [[first, ...together.flatMap(parts)], ...alone.map(parts)].map((partitions, index) => {
    const image = join(folder, `disk${index}`);
    makeEfiDisk(image, partitions);
    return image;
  });
}

/** A GRUB that runs the script. */
function chain(folder: string, script: readonly string[]): Buffer {
  const [config, image] = [join(folder, "chain.cfg"), join(folder, "chain.efi")];
  writeFileSync(config, ["terminal_output console", ...script, ""].join("\n"));
  tool("grub-mkimage", "-O", "x86_64-efi", "-c", config, "-p", "/none", "-o", image, ...MODULES);
  return readFileSync(image);
}

async function boot(folder: string, disks: readonly string[]): Promise<string> {
  const [variables, console] = [join(folder, "variables"), join(folder, "console")];
  copyFileSync(join(OVMF, "OVMF_VARS_4M.fd"), variables);
  const argv = [
    // Into a file: with the fast clock, characters that a pipe does not take at once are lost.
    ...["-nodefaults", "-display", "none", "-no-reboot", "-serial", `file:${console}`, "-monitor", "none"],
    ...["-machine", "q35", "-m", "256M", ...FAST_CLOCK],
    ...["-drive", `if=pflash,format=raw,readonly=on,file=${join(OVMF, "OVMF_CODE_4M.fd")}`],
    ...["-drive", `if=pflash,format=raw,file=${variables}`],
    ...disks.flatMap((image, index) => [
      ...["-drive", `if=none,id=disk${index},format=raw,file=${image}`],
      ...["-device", `virtio-blk-pci,drive=disk${index},bootindex=${index}`],
    ]),
  ];
  const qemu = spawn("qemu-system-x86_64", argv, { stdio: ["ignore", "inherit", "inherit"] });
  await untilEnd(qemu, () => statSync(console, { throwIfNoEntry: false })?.size ?? 0);
  return readFileSync(console, "utf8");
}

/** Waits until QEMU has switched itself off, and kills it once nothing grows for too long. */
async function untilEnd(qemu: ChildProcess, size: () => number): Promise<void> {
  let [seen, since] = [0, Date.now()];
  const timer = setInterval(() => {
    if (size() !== seen) [seen, since] = [size(), Date.now()];
    else if (Date.now() - since > SILENCE_SECONDS * 1000) qemu.kill("SIGKILL");
  }, 1000);
  try {
    await once(qemu, "close");
  } finally {
    clearInterval(timer);
  }
}
