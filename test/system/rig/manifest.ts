import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "./machine.ts";

/** By path: all that a write would change, as one line. */
export type Manifest = ReadonlyMap<string, string>;

/** The mounts that are disks; /proc, /sys, /dev, /run, /tmp and what the rig binds are none. */
const DISKS = ["/", "/boot/efi"];

/** Looks at every path on the machine's disks. Access times are left out. */
export function manifestOf(machine: Machine): Manifest {
  const manifest = new Map<string, string>();
  for (const disk of DISKS) {
    const { dev } = lstatSync(machine.path(disk), { bigint: true });
    const visit = (path: string): void => {
      const real = machine.path(path);
      const stat = lstatSync(real, { bigint: true });
      if (stat.dev !== dev) return;
      manifest.set(path, line(real, stat));
      if (stat.isDirectory()) for (const name of readdirSync(real)) visit(join(path, name));
    };
    visit(disk);
  }
  return manifest;
}

/** One line a path that appeared (`+`), vanished (`-`) or is not what it was (`~`), sorted by path. */
export function differences(before: Manifest, after: Manifest): readonly string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    if (was === is) return [];
    if (was === undefined) return [`+ ${path}`];
    return is === undefined ? [`- ${path}`] : [`~ ${path}: ${was} -> ${is}`];
  });
}

function line(real: string, stat: BigIntStats): string {
  const { ino, mode, uid, gid, size, mtimeNs, ctimeNs } = stat;
  return [
    `inode ${ino}`,
    mode.toString(8),
    `${uid}:${gid}`,
    size,
    mtimeNs,
    ctimeNs,
    content(real, stat),
  ].join(" ");
}

function content(real: string, stat: BigIntStats): string {
  if (stat.isSymbolicLink()) return readlinkSync(real);
  return stat.isFile() ? createHash("sha256").update(readFileSync(real)).digest("hex") : "";
}
