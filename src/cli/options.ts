export type OptionName =
  "root" | "chroot" | "capture" | "json" | "out" | "detailed-exitcode" | "auto-approve" | "no-color" | "help";

interface Option {
  /** Placeholder of its value; absent for an option that is only there or not. */
  readonly value?: string;
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
  json: { help: "one JSON document on stdout, nothing else there, and no questions" },
  out: { value: "FILE", help: "write the result to FILE" },
  "detailed-exitcode": { help: "exit 2 when there are changes or unmet requirements" },
  "auto-approve": { help: "do not ask before changing the host" },
  "no-color": { help: "no colour (NO_COLOR and FORCE_COLOR are honoured as well)" },
  help: { help: "show this text" },
};

/** What the user asked for; paths are still as they were typed. */
export interface Options {
  readonly root: string | undefined;
  readonly chroot: boolean;
  readonly capture: string | undefined;
  readonly json: boolean;
  readonly out: string | undefined;
  readonly detailedExitcode: boolean;
  readonly autoApprove: boolean;
  readonly noColor: boolean;
}

export function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}
