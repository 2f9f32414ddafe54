import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { join } from "node:path";
import type { Ran } from "../../system/rig/ran.ts";
import { text } from "../../system/rig/ran.ts";
import { tool } from "../../system/rig/tool.ts";
import { UP } from "./first-program.ts";

// A whole machine: OVMF with variables of its own, a disk that is an ESP, and a disk that is the root file system.

const OVMF = "/usr/share/OVMF";
const PARTS = ["root.img", "esp.img", "variables"] as const;

export function partOf(folder: string, part: (typeof PARTS)[number]): string {
  return join(folder, part);
}

/** Copies a machine that is off. */
export function copyMachine(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const part of PARTS) tool("cp", "--sparse=always", partOf(from, part), partOf(to, part));
}

/** Variables as the firmware has them before its first start. */
export function newVariables(folder: string): void {
  copyFileSync(join(OVMF, "OVMF_VARS_4M.fd"), partOf(folder, "variables"));
}

export interface Hardware {
  /** Whether the ports above the cards keep them apart. */
  readonly acs: boolean;
  /** Whether it has a watchdog, which resets it. */
  readonly watchdog?: boolean;
  /** The host's own network card; Debian's kernel for clouds has a driver of vmxnet3 and none of e1000e. */
  readonly network?: "e1000e" | "vmxnet3";
  /** Where every write and flush is logged, of the disk that is named. */
  readonly log?: { readonly of: "root" | "esp"; readonly file: string };
}

/** Three ports: a display, a card with a display and a sound device, a network card. Another network card is the host's own. */
function devices({ acs, watchdog = false, network = "e1000e" }: Hardware): readonly string[] {
  const ports = [0, 1, 2].map(
    (port) =>
      `pcie-root-port,id=rp${port},chassis=${port + 1},slot=${port},addr=0x3.${port},multifunction=on,disable-acs=${acs ? "off" : "on"}`,
  );
  return [
    ...["intel-iommu", ...ports, "VGA,bus=rp0"],
    ...["cirrus-vga,bus=rp1,addr=0.0,multifunction=on", "intel-hda,bus=rp1,addr=0.1"],
    ...["e1000e,bus=rp2", `${network},addr=0x11`],
    ...(watchdog ? ["i6300esb,addr=0x13"] : []),
  ].flatMap((device) => ["-device", device]);
}

function disk(folder: string, name: "root" | "esp", { log }: Hardware): readonly string[] {
  const file = `driver=file,filename=${partOf(folder, `${name}.img`)}`;
  const drive = ["-device", `nvme,drive=${name},serial=${name},addr=${name === "esp" ? "0x10" : "0x12"}`];
  if (log?.of !== name)
    return ["-blockdev", `node-name=${name},driver=raw,file.${file.replace(",", ",file.")}`, ...drive];
  return [
    ...["-blockdev", `node-name=${name}-file,${file}`],
    ...["-blockdev", `node-name=${name}-log,driver=file,filename=${log.file}`],
    ...["-blockdev", `node-name=${name},driver=blklogwrites,file=${name}-file,log=${name}-log`],
    ...drive,
  ];
}

/** As a processor that is emulated fast: what needs wide registers takes many steps. */
const PROCESSOR = [
  "-machine",
  "q35",
  "-cpu",
  "Westmere,+rdrand",
  "-m",
  "1200M",
  "-smp",
  "1",
  "-accel",
  "tcg",
];

/** Only a hang reaches it, on however busy a machine. */
const HANG_MS = 2_400_000;
/** Until the kernel is up half a minute of one core goes by; a loader that found nothing takes it for ever, or sleeps. */
const NO_KERNEL = { coreSeconds: 150, ms: 1_200_000 };

/** Between what the guest's shell says; no program prints it. */
const MARK = "\u0001";

/** A machine that is switched on, and whose shell answers. */
export class Guest {
  readonly folder: string;
  readonly #qemu: ChildProcess;
  readonly #shell: Socket;
  /** What QEMU itself has to say, once it has ended. */
  readonly #errors: Promise<string>;
  #heard = "";
  #listener: (() => void) | undefined;

  private constructor(folder: string, qemu: ChildProcess, shell: Socket, errors: Promise<string>) {
    this.folder = folder;
    this.#errors = errors;
    this.#qemu = qemu;
    this.#shell = shell;
    shell.setEncoding("utf8");
    shell.on("data", (piece: string) => {
      this.#heard += piece;
      this.#listener?.();
    });
    shell.on("error", () => undefined);
    qemu.once("close", () => this.#listener?.());
  }

  /** Switches on, and waits until the shell of what comes up answers. Throws with the console where nothing does. */
  static async on(folder: string, hardware: Hardware): Promise<Guest> {
    const socket = join(folder, "shell");
    for (const old of [socket, join(folder, "console")]) rmSync(old, { force: true });
    const argv = [
      ...PROCESSOR,
      ...["-nodefaults", "-display", "none", "-vga", "none", "-monitor", "none", "-no-reboot"],
      ...["-serial", `file:${join(folder, "console")}`],
      ...[
        "-chardev",
        `socket,id=shell,path=${socket},server=on,wait=off`,
        "-device",
        "isa-serial,chardev=shell,index=1",
      ],
      ...["-drive", `if=pflash,format=raw,readonly=on,file=${join(OVMF, "OVMF_CODE_4M.fd")}`],
      ...["-drive", `if=pflash,format=raw,file=${partOf(folder, "variables")}`],
      ...disk(folder, "esp", hardware),
      ...disk(folder, "root", hardware),
      ...devices(hardware),
    ];
    if (hardware.log !== undefined) writeFileSync(hardware.log.file, "");
    const qemu = spawn("qemu-system-x86_64", argv, { stdio: ["ignore", "ignore", "pipe"] });
    const errors = text(qemu.stderr);
    try {
      while (!existsSync(socket)) {
        if (qemu.exitCode !== null) throw new Error(`QEMU: ${await errors}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const guest = new Guest(folder, qemu, connect(socket), errors);
      await guest.#until(`${MARK}READY${MARK}`, () => undefined);
      return guest;
    } catch (error) {
      qemu.kill("SIGKILL");
      throw error;
    }
  }

  /** Runs a line of shell as root. `onOutput` sees what it has printed so far. */
  async run(command: string, onOutput: (soFar: string) => void = () => undefined): Promise<Ran> {
    this.#shell.write(`${Buffer.from(command).toString("base64")}\n`);
    const heard = await this.#until(`${MARK}END${MARK}`, onOutput);
    const [stdout = "", exit = "", stderr = ""] = heard.split(MARK);
    return { exitCode: Number(exit), stdout, stderr };
  }

  /** As {@link run}, and throws unless it exits with 0: for what a story prepares, not for what it tests. */
  async must(command: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(command);
    if (exitCode !== 0) throw new Error(`${command}: exit ${exitCode}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Takes the power away: what the guest has not written to its disks is lost. */
  async cut(): Promise<void> {
    await this.#ended(() => this.#qemu.kill("SIGKILL"));
  }

  /** Switches off as a host does that reboots: all is written, and nothing is mounted for writing. */
  async off(): Promise<void> {
    await this.#ended(() => {
      const end =
        "sync; umount /boot/efi; mount -o remount,ro / || echo 'not read-only' >/dev/console; systemctl poweroff -ff";
      this.#shell.write(`${Buffer.from(end).toString("base64")}\n`);
    });
  }

  async #ended(by: () => void): Promise<void> {
    if (this.#qemu.exitCode !== null || this.#qemu.signalCode !== null) return;
    const closed = once(this.#qemu, "close");
    const timer = setTimeout(() => this.#qemu.kill("SIGKILL"), HANG_MS);
    by();
    await closed;
    clearTimeout(timer);
    this.#shell.destroy();
  }

  /** What comes before the mark; it and the mark are taken away. */
  async #until(mark: string, onOutput: (soFar: string) => void): Promise<string> {
    const start = Date.now();
    for (;;) {
      const at = this.#heard.indexOf(mark);
      if (at !== -1) {
        const before = this.#heard.slice(0, at);
        this.#heard = this.#heard.slice(at + mark.length);
        return before;
      }
      onOutput(this.#heard);
      if (this.#qemu.exitCode !== null || this.#qemu.signalCode !== null || this.#hangs(start)) {
        this.#qemu.kill("SIGKILL");
        const said = [
          this.#heard.slice(-2000),
          "Its console:",
          this.#console().slice(-4000),
          await this.#errors,
        ];
        throw new Error(`the guest says no more:\n${said.join("\n")}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#listener = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #hangs(since: number): boolean {
    const ms = Date.now() - since;
    if (this.#console().includes(UP)) return ms > HANG_MS;
    return ms > NO_KERNEL.ms || coreSeconds(this.#qemu.pid) > NO_KERNEL.coreSeconds;
  }

  #console(): string {
    const path = join(this.folder, "console");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }
}

/** What a process has had of the processors (proc_pid_stat(5), utime and stime), however busy these are. */
function coreSeconds(pid = 0): number {
  const [, ticks = ""] = /^.*\) (?:\S+ ){11}(\d+ \d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  return ticks.split(" ").reduce((sum, each) => sum + Number(each) / 100, 0);
}
