import { shellQuote } from "./shell-assignments.ts";
import { toScript } from "./words.ts";

const HEADING = `# Written by hostcfg, which owns this file: "hostcfg apply" makes it anew from the host's spec.\n`;

export interface DropIn {
  /** GRUB_DEFAULT: the path of ids of the pinned entry. */
  readonly default?: string;
  /** Appended to GRUB_CMDLINE_LINUX_DEFAULT, so that recovery entries stay without them. */
  readonly options: readonly string[];
}

/**
 * Undefined where nothing is left to say. Everything in it stands in single quotes, so whatever a spec says can only
 * be data to the shell that sources it.
 *
 * @throws Error for an option that GRUB cannot hand to the kernel: {@link toScript} tells.
 */
export function dropInText({ default: chosen, options }: DropIn): string | undefined {
  const lines = [
    ...(chosen === undefined ? [] : [`GRUB_DEFAULT=${shellQuote(chosen)}\n`]),
    ...(options.length === 0
      ? []
      : [
          `GRUB_CMDLINE_LINUX_DEFAULT="\${GRUB_CMDLINE_LINUX_DEFAULT} "${shellQuote(options.map(written).join(" "))}\n`,
        ]),
  ];
  return lines.length === 0 ? undefined : HEADING + lines.join("");
}

function written(option: string): string {
  const script = toScript(option);
  if (script === undefined) throw new Error(`GRUB cannot hand ${option} to the kernel`);
  return script;
}
