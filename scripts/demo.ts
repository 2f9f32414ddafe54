import { MONOTONIC } from "../src/apply/timing.ts";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import type { Io } from "../src/cli/io.ts";
import { main } from "../src/cli/main.ts";
import { LinkReader } from "../src/host/link-reader.ts";
import { StandInHost } from "../test/standins/host.ts";
import { machineOf } from "../test/standins/machine.ts";
import { StandInTree } from "../test/standins/tree.ts";
import { acsKernelDebs } from "../test/support/acs-kernel.ts";
import { materialise } from "../test/support/materialise.ts";
import { afterReboot, recordedHost } from "../test/support/recorded-hosts.ts";

// The main job on a throw-away copy of a recorded host. It is the real command line, in this process; only the
// host's programs are stand-ins, so it needs neither root nor Debian.

/** The same place from scripts/, where this file is, and from dist/, where its bundle is. */
const HOSTS = fileURLToPath(new URL("../test/hosts", import.meta.url));

// With its reader gone (npm run demo | head) the story goes on to its end, which cleans up.
process.stdout.on("error", () => undefined);
const scratch = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-demo-"));
try {
  await demo(scratch);
} finally {
  fs.rmSync(scratch, { recursive: true });
}

async function demo(folder: string): Promise<void> {
  const recorded = recordedHost("pop-x570", HOSTS);
  const root = join(folder, "root");
  const work = join(folder, "work");
  materialise(recorded.capture, root);
  acsKernelDebs(join(work, "debs"));
  fs.copyFileSync(recorded.spec, join(work, "host.yaml"));
  const io = demoIo(new StandInHost(root), work);

  say(
    `A throw-away copy of the recorded host test/hosts/pop-x570, in ${root}:`,
    "Pop!_OS on an AMD X570 board, with two graphics cards in one IOMMU group.",
    "hostcfg is the real one and really reads and writes the files there. dpkg, update-initramfs and kernelstub",
    "are stand-ins (test/standins); npm run test:system works with the real dpkg and update-initramfs.",
  );
  print(`\n$ cat host.yaml\n${fs.readFileSync(recorded.spec, "utf8")}`);
  say("The groups now (of 56 devices, only the groups of the two graphics cards):");
  await hostcfg(["groups", "--class", "vga"], io, 0);
  await hostcfg(["plan", "host.yaml"], io, 0);
  say("apply shows the same plan again, then does it:");
  await hostcfg(["apply", "host.yaml", "--auto-approve"], withoutThePlan(io), 0);
  say("Nothing is left to do:");
  await hostcfg(["plan", "host.yaml"], io, 0);
  say("But this boot still has the old kernel and the old groups:");
  await hostcfg(["verify", "host.yaml"], io, 3);

  // What the kernel, not hostcfg, brings about.
  materialise(afterReboot(HOSTS), root);
  say("Now the reboot is played: /proc and /sys become what was recorded after it.");
  await hostcfg(["verify", "host.yaml"], io, 0);
  await hostcfg(["groups", "--class", "vga"], io, 0);
  say(
    "The two cards are apart. Now on a host of yours: write a host.yaml (README.md, examples/) and begin with",
    "  hostcfg validate host.yaml   and   sudo hostcfg plan host.yaml   (which changes nothing).",
  );
}

/** Runs one command line as a shell would show it. The story ends where a command ends otherwise than it goes. */
async function hostcfg(argv: readonly string[], io: Io, expected: number): Promise<void> {
  print(`\n$ hostcfg ${argv.join(" ")}\n`);
  const exit = await main(argv, io);
  print(`(exit code ${exit})\n`);
  if (exit !== expected)
    throw new Error(`the demo expected exit code ${expected} of hostcfg ${argv.join(" ")}`);
}

function demoIo(host: StandInHost, work: string): Io {
  const isTerminal = isatty(1);
  const here = new LinkReader(new StandInTree("/", machineOf("/")));
  const noFile = (): never => {
    throw new Error("the demo writes no files but the host's and the lock beside the spec");
  };
  return {
    stdout: print,
    // In one stream, so that a pipe keeps the order.
    stderr: print,
    stdinIsTerminal: false,
    stdoutIsTerminal: isTerminal,
    stderrIsTerminal: isTerminal,
    stdoutColumns: isTerminal ? process.stdout.columns : undefined,
    stderrColumns: isTerminal ? process.stdout.columns : undefined,
    env: process.env,
    cwd: work,
    program: { executable: process.execPath, script: process.argv[1] ?? "" },
    privileged: true,
    now: () => new Date(),
    timing: MONOTONIC,
    readStdin: () => Promise.resolve(new Uint8Array()),
    ask: () => Promise.resolve(""),
    interrupted: new AbortController().signal,
    onInterrupt: () => undefined,
    workspace: Object.assign(here, {
      write: noFile,
      writeBeside: (_spec: string, path: string, content: string) => {
        fs.writeFileSync(path, content);
      },
    }),
    open: () => ({ tree: host.tree(), reader: () => host.reader(), host }),
  };
}

/** The plan is read once in this story; a real apply shows it before it asks. */
function withoutThePlan(io: Io): Io {
  return {
    ...io,
    stdout: (text) => {
      io.stdout(text.startsWith("Host ") ? "[the plan, as above]\n" : text);
    },
  };
}

function say(...lines: readonly string[]): void {
  print(`\n${lines.map((line) => `# ${line}\n`).join("")}`);
}

function print(text: string): void {
  process.stdout.write(text);
}
