import { shellQuote } from "./shell-assignments.ts";
import { toScript } from "./words.ts";

const HEADING = `# Written by hostcfg, which owns this file: "hostcfg apply" makes it anew from the host's spec.\n`;

/** Above what is there only as long as an apply is at work. */
const MEANWHILE = `# hostcfg is at work. The end of its apply takes out this line and what is below it.\n`;

export interface DropIn {
  /** GRUB_DEFAULT: the path of ids of the pinned entry. */
  readonly default?: string | undefined;
  /** Appended to GRUB_CMDLINE_LINUX_DEFAULT, so that recovery entries stay without them. */
  readonly options: readonly string[];
  /** There as long as an apply is at work; its default, where it has one, beats {@link default}. */
  readonly meanwhile?: { readonly default?: string } | undefined;
}

/**
 * Undefined where nothing is left to say. Everything in it stands in single quotes, so whatever a spec says can only
 * be data to the shell that sources it.
 *
 * @throws Error for an option that GRUB cannot hand to the kernel: {@link toScript} tells.
 */
export function dropInText({ default: chosen, options, meanwhile }: DropIn): string | undefined {
  const lines = [
    ...(chosen === undefined ? [] : [`GRUB_DEFAULT=${shellQuote(chosen)}\n`]),
    ...(options.length === 0
      ? []
      : [
          `GRUB_CMDLINE_LINUX_DEFAULT="\${GRUB_CMDLINE_LINUX_DEFAULT} "${shellQuote(options.map(written).join(" "))}\n`,
        ]),
    ...(meanwhile === undefined ? [] : [MEANWHILE]),
    ...(meanwhile?.default === undefined ? [] : [`GRUB_DEFAULT=${shellQuote(meanwhile.default)}\n`]),
  ];
  return lines.length === 0 ? undefined : HEADING + lines.join("");
}

/** What lasts of the file, and what is there only as long as an apply is at work. */
export function partsOf(text: string): { readonly lasting: string; readonly meanwhile?: string } {
  const at = text.indexOf(MEANWHILE);
  if (at === -1) return { lasting: text };
  const lasting = text.slice(0, at);
  return { lasting: lasting === HEADING ? "" : lasting, meanwhile: text.slice(at) };
}

function written(option: string): string {
  const script = toScript(option);
  if (script === undefined) throw new Error(`GRUB cannot hand ${option} to the kernel`);
  return script;
}
