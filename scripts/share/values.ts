import type { Command } from "../../src/cli/command.ts";
import type { OptionName } from "../../src/cli/options.ts";
import { OPTIONS } from "../../src/cli/options.ts";
import { CLASS_NAMES } from "../../src/pci/selectors.ts";

/** What a shell can offer for a value; nothing where only the user knows it. */
export type Offered =
  "file" | "folder" | "device" | "apply" | "nothing" | { readonly words: readonly string[] };

/** Placeholder, as the record of commands has it -> what may stand there. */
const PLACEHOLDERS: Readonly<Record<string, Offered>> = {
  DIR: "folder",
  FILE: "file",
  ADDRESSES: "device",
  ADDRESS: "device",
  CLASS: { words: Object.keys(CLASS_NAMES) },
  "A B": "device",
  LINE: "nothing",
  N: "nothing",
  SECONDS: "nothing",
  TIME: "nothing",
  WHICH: "nothing",
  SPEC: "file",
  "SPEC or PLAN.json": "file",
  ID: "apply",
};

/** Undefined for an option without a value. */
export function offeredFor(option: OptionName): Offered | undefined {
  const { value, choices } = OPTIONS[option];
  if (choices !== undefined) return { words: choices };
  return value === undefined ? undefined : offeredAt(value);
}

export function offeredAfter(option: OptionName): Offered | undefined {
  const { operands } = OPTIONS[option];
  return operands === undefined ? undefined : offeredAt(operands);
}

export function offeredAsArgument({ argument }: Command): Offered | undefined {
  return argument === undefined ? undefined : offeredAt(argument.replace(/^\[(.*)\](\.\.\.)?$/, "$1"));
}

function offeredAt(placeholder: string): Offered {
  const offered = PLACEHOLDERS[placeholder];
  if (offered === undefined)
    throw new Error(`say in scripts/share/values.ts what a shell offers for ${placeholder}`);
  return offered;
}

/** Prints the addresses of this host's PCI devices, those of its usual domain without it. */
export const DEVICES =
  "for device in /sys/bus/pci/devices/*; do device=${device##*/}; printf '%s\\n' \"${device#0000:}\"; done";
/** Prints the numbers of applies; only root may see them. */
export const APPLIES = "ls /var/lib/hostcfg/journal 2>/dev/null";
