import { posix } from "node:path";
import { ENTRIES } from "../bls/entries.ts";
import { WAY_BACK_COPIES, wayBackFolder } from "../bls/way-back-entry.ts";
import { TRIAL_ID, WAY_BACK_ID } from "../way-back.ts";

/** hostcfg's own files on an ESP, from its root: the tool's refresh, clean and removals leave them alone. */
export const ASIDE = {
  image: posix.join(wayBackFolder("/"), WAY_BACK_COPIES.image),
  initrd: posix.join(wayBackFolder("/"), WAY_BACK_COPIES.initrd),
} as const;

/** The entry of systemd-boot that starts them. */
export const ASIDE_ENTRY = `/${ENTRIES}/${WAY_BACK_ID}.conf`;

export const ASIDE_DEFAULT = `${WAY_BACK_ID}.conf`;

/** The entry of systemd-boot that is tried once; it starts the tool's own copies. */
export const TRIAL_ENTRY = `/${ENTRIES}/${TRIAL_ID}.conf`;
