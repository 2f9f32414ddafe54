import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tool } from "../../system/rig/tool.ts";

/** An ext4 file system as it was before, and each write and flush of what was done to it (replay.ts). */
export interface Logged {
  readonly base: string;
  readonly log: string;
}

/**
 * Makes an ext4 file system of what `fill` puts into it, has this machine's kernel mount it from a disk whose every write is
 * logged, and uses it. The log ends with the use: what the kernel would write later, a cut takes away.
 */
export async function loggedDisk(
  folder: string,
  fill: (mount: string) => void,
  use: (mount: string) => void,
): Promise<Logged> {
  const [disk, base, log] = [join(folder, "disk"), join(folder, "base"), join(folder, "log")];
  const [end, device, mount] = [join(folder, "log.end"), join(folder, "device"), join(folder, "mount")];
  for (const file of [disk, log, device]) writeFileSync(file, "");
  mkdirSync(mount);
  tool("truncate", "--size=64M", disk);
  tool("mke2fs", "-q", "-t", "ext4", disk);
  mounted(disk, mount, fill);
  tool("cp", "--sparse=always", disk, base);
  const server = spawn(
    "qemu-storage-daemon",
    [
      ...["--blockdev", `driver=file,node-name=disk,filename=${disk}`],
      ...["--blockdev", `driver=file,node-name=log,filename=${log}`],
      ...["--blockdev", "driver=blklogwrites,node-name=logged,file=disk,log=log"],
      ...["--export", `fuse,id=export,node-name=logged,mountpoint=${device},writable=on`],
    ],
    { stdio: "inherit" },
  );
  const closed = once(server, "close");
  try {
    while (statSync(device).size === 0) {
      if (server.exitCode !== null) throw new Error("qemu-storage-daemon exports nothing");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    mounted(device, mount, (path) => {
      use(path);
      tool("cp", log, end);
    });
  } finally {
    server.kill();
    await closed;
  }
  return { base, log: end };
}

function mounted(image: string, mount: string, use: (mount: string) => void): void {
  tool("mount", "-o", "loop", image, mount);
  try {
    use(mount);
  } finally {
    tool("umount", mount);
  }
}
