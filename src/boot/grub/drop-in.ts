import { shellQuote } from "../../shell-quote.ts";
import type { Block } from "./way-back.ts";
import { END } from "./way-back.ts";
import { USUAL } from "./settings.ts";
import { writtenOption } from "./words.ts";

const HEADING = `# Written by hostcfg, which owns this file: "hostcfg apply" makes it anew from the host's spec.\n`;

const BEGIN = "### BEGIN hostcfg: hostcfg apply writes these lines, do not change them ###\n";

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
 * @throws Error for an option that GRUB cannot hand to the kernel: toScript (words.ts) tells.
 */
export function dropInText(dropIn: DropIn): string | undefined {
  const lines = linesOf(dropIn);
  return lines === "" ? undefined : HEADING + lines;
}

/** The same as a part of /etc/default/grub, where grub-mkconfig reads no drop-ins; its text is empty where none is left. */
export function partIn(dropIn: DropIn): Block {
  const lines = linesOf(dropIn);
  return { begin: BEGIN, end: END, text: lines === "" ? "" : BEGIN + lines + END };
}

/** hostcfg's part of a settings file that is a person's; undefined where it has none. */
export function ownPart(text: string): string | undefined {
  const from = text.indexOf(BEGIN);
  const to = from === -1 ? -1 : text.indexOf(END, from);
  // Without its end it is no more as hostcfg has written it.
  return from === -1 ? undefined : text.slice(from, to === -1 ? undefined : to + END.length);
}

function linesOf({ default: chosen, options, meanwhile }: DropIn): string {
  return [
    ...(chosen === undefined ? [] : [`GRUB_DEFAULT=${shellQuote(chosen)}\n`]),
    ...(options.length === 0
      ? []
      : [`${USUAL}="\${${USUAL}} "${shellQuote(options.map(writtenOption).join(" "))}\n`]),
    ...(meanwhile === undefined ? [] : [MEANWHILE]),
    ...(meanwhile?.default === undefined ? [] : [`GRUB_DEFAULT=${shellQuote(meanwhile.default)}\n`]),
  ].join("");
}

/** What lasts of the text, and what is there only as long as an apply is at work. */
export function partsOf(text: string): { readonly lasting: string; readonly meanwhile?: string } {
  const at = text.indexOf(MEANWHILE);
  if (at === -1) return { lasting: text };
  const end = text.indexOf(END, at);
  const to = end === -1 ? text.length : end;
  const lasting = (text.slice(0, at) + text.slice(to)).replace(BEGIN + END, "");
  return { lasting: lasting === HEADING ? "" : lasting, meanwhile: text.slice(at, to) };
}
