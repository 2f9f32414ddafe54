import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rootDisk } from "./disks.ts";
import type { Machine } from "./machine.ts";
import { outcome, succeeded } from "./ran.ts";

const SCRIPT = fileURLToPath(new URL("systemd.sh", import.meta.url));
const NEW_NAMESPACES = ["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--fork", "--kill-child"];
/** A boot takes two seconds. */
const MOST_SECONDS = 90;

/**
 * Boots the disk of a machine that is off by its own systemd, until something in it runs `systemctl exit`. Throws with
 * what was printed where it did not come to that.
 */
export async function bootBySystemd(machine: Machine): Promise<void> {
  mkdirSync(machine.mount, { recursive: true });
  const child = spawn("unshare", [...NEW_NAMESPACES, SCRIPT], {
    env: {
      PATH: process.env["PATH"],
      ROOT_DISK: rootDisk(machine.folder),
      MOUNT: machine.mount,
      NODE: process.execPath,
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: MOST_SECONDS * 1000,
    killSignal: "SIGKILL",
  });
  await succeeded(outcome(child), ["systemd", "in", machine.folder]);
}
