import type { InitramfsGenerator } from "../platform.ts";

/** mkinitramfs compresses a hundred megabytes, on a slow machine for minutes. */
const TIMEOUT_SECONDS = 1800;

/** update-initramfs(8). It updates nothing that is not there, and makes nothing that is. */
export const initramfsTools: InitramfsGenerator = {
  name: "initramfs-tools",
  command: ({ release, missing }) => ({
    argv: ["update-initramfs", missing ? "-c" : "-u", "-k", release],
    timeoutSeconds: TIMEOUT_SECONDS,
  }),
  sources: /^\/etc\/(?:modprobe\.d|initramfs-tools|modules(?:-load\.d)?)(?:\/|$)/,
  smaller: "smaller initrds need less (MODULES=dep, COMPRESS=zstd in /etc/initramfs-tools)",
};
