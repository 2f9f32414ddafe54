export type OptionName =
  | "root"
  | "chroot"
  | "capture"
  | "options"
  | "acs-override"
  | "why"
  | "separate"
  | "device"
  | "class"
  | "vm"
  | "json"
  | "out"
  | "detailed-exitcode"
  | "auto-approve"
  | "even-if-broken"
  | "packages"
  | "plan-only"
  | "details"
  | "keep-journals"
  | "lock-timeout"
  | "record"
  | "confirm-within"
  | "when-satisfied"
  | "reboot"
  | "debug"
  | "no-files"
  | "no-color"
  | "help";

interface Option {
  /** Placeholder of its value; absent for an option that is only there or not. */
  readonly value?: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** What must follow it, not as its value. */
  readonly operands?: string;
  readonly help: string;
}

/** Every option of every command, once: the parser and the help texts are made from this record. */
export const OPTIONS: Readonly<Record<OptionName, Option>> = {
  root: {
    value: "DIR",
    help: "work on the root tree in DIR (a mounted disk, a chroot), not on this host",
  },
  chroot: { help: "with --root: its programs may run there, through chroot(8)" },
  capture: { value: "FILE", help: "work on a recorded host (see hostcfg capture), on any machine" },
  options: {
    value: "LINE",
    help: "predict for this whole option line, not the next boot's",
  },
  "acs-override": {
    value: "WHICH",
    choices: ["auto", "assume", "absent"],
    help: "whether the kernel has the ACS override patch: auto, assume, absent",
  },
  why: { operands: "A B", help: "why the devices A and B (addresses) share a group" },
  separate: { operands: "A B", help: "what would part the devices A and B, the least risk first" },
  device: { value: "ADDRESS", help: "only the groups that concern this device" },
  class: {
    value: "CLASS",
    help: "only the groups that concern such devices: vga, audio, usb, nvme, network",
  },
  vm: {
    value: "ADDRESSES",
    help: "hand these to a virtual machine: 0d:00, several with blanks or commas between",
  },
  json: { help: "one JSON document on stdout, nothing else there, and no questions" },
  out: { value: "FILE", help: "write the result to FILE" },
  "detailed-exitcode": { help: "exit 2 when there are changes or unmet requirements" },
  "auto-approve": { help: "do not ask before changing the host" },
  "even-if-broken": { help: "change a host that would not come up as it is now" },
  packages: { help: "also remove the packages that it installed, where another kernel can boot" },
  "plan-only": { help: "show what would be done, and do nothing" },
  details: { help: "also show the evidence, the difference of each file, and each step" },
  "keep-journals": { value: "N", help: "keep the newest N records of applies (50 when left out)" },
  "lock-timeout": {
    value: "SECONDS",
    help: "wait so long for dpkg or apt to end (120 when left out; 0: not at all)",
  },
  record: { help: "keep the result where hostcfg status finds it (needs root)" },
  "confirm-within": {
    value: "TIME",
    help: "go back unless hostcfg keep is typed in this time (10m when left out)",
  },
  "when-satisfied": { help: "keep it by itself where hostcfg verify is satisfied, else go back" },
  reboot: { help: "reboot this host once it is done" },
  "no-files": { help: "leave out the .deb files that the specs name: they are elsewhere" },
  debug: { help: "also list on stderr what was read on the host, and why this boot loader" },
  "no-color": { help: "no colour (NO_COLOR and FORCE_COLOR are honoured as well)" },
  help: { help: "show this text" },
};

/** The options that name the host to look at. */
export const TARGET: readonly OptionName[] = ["root", "chroot", "capture"];

/** The options of every command that does not refuse them. */
export const COMMON: readonly OptionName[] = ["json", "debug", "no-color", "help"];

/** What the user asked for; paths are still as they were typed. */
export interface Options {
  readonly root: string | undefined;
  readonly chroot: boolean;
  readonly capture: string | undefined;
  /** The option line to predict for. */
  readonly line: string | undefined;
  readonly acsOverride: AcsOverrideChoice;
  readonly why: boolean;
  readonly separate: boolean;
  readonly device: string | undefined;
  readonly deviceClass: string | undefined;
  /** Addresses. */
  readonly vm: readonly string[];
  readonly json: boolean;
  readonly out: string | undefined;
  readonly detailedExitcode: boolean;
  readonly autoApprove: boolean;
  readonly evenIfBroken: boolean;
  readonly packages: boolean;
  readonly planOnly: boolean;
  readonly details: boolean;
  readonly keepJournals: number | undefined;
  /** Seconds. */
  readonly lockTimeout: number | undefined;
  readonly record: boolean;
  /** Seconds. */
  readonly confirmWithin: number | undefined;
  readonly whenSatisfied: boolean;
  readonly reboot: boolean;
  readonly noFiles: boolean;
  readonly debug: boolean;
  readonly noColor: boolean;
}

export type AcsOverrideChoice = "auto" | "assume" | "absent";

export function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}
