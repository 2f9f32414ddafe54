import type { Model } from "./stock.ts";

/** The machines there are; CI takes those that are marked. */
export const MODELS: readonly (Model & { readonly short?: true })[] = [
  { name: "GRUB 2.06, Debian 12", loader: "grub", suite: "bookworm", short: true },
  { name: "GRUB 2.12, Debian 13", loader: "grub", suite: "trixie" },
  { name: "systemd-boot 252, Debian 12", loader: "systemd-boot", suite: "bookworm" },
  { name: "systemd-boot 257, Debian 13", loader: "systemd-boot", suite: "trixie", short: true },
  { name: "kernelstub, systemd-boot 252", loader: "kernelstub", suite: "bookworm" },
];

/** Whether every story of every machine is wanted. */
export const ALL = process.env["MACHINES"] === "all";
