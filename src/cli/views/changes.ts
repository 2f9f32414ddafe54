import type { Change, Unchanged } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { Part, TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";

/** Rows that say the same of several things: one sign, one part of the spec, one reason. */
interface Block {
  readonly sign: string;
  /** The part of the spec, e.g. `kernelOptions`. */
  readonly part: string;
  readonly reason: string;
  /** What changes of it. */
  readonly items: readonly Item[];
}

interface Item {
  readonly text: string;
  /** Without the value of before, where the text would need a second line. */
  readonly short: string;
}

/** Changes by when they are felt, and what stays as it is, as one table. */
export function changesLines(
  changes: readonly Change[],
  unchanged: readonly Unchanged[],
  style: Style,
): readonly TerminalText[] {
  const tables = [
    ["Changes", blocks(changes.filter(({ effect }) => effect === "now").map(ofChange))],
    [
      "Changes at the next boot",
      blocks(changes.filter(({ effect }) => effect === "next-boot").map(ofChange)),
    ],
    ["Unchanged", blocks(unchanged.map(ofUnchanged))],
  ] as const;
  const width = Math.max(0, ...tables.flatMap(([, list]) => list.map(({ part }) => part.length)));
  return tables.flatMap(([title, list]) =>
    list.length === 0 ? [] : [style.bold(title), ...list.flatMap((block) => blockLines(block, width, style))],
  );
}

interface Row extends Omit<Block, "items"> {
  readonly item: Item | undefined;
}

const SIGN_OF = { create: "+", update: "~", delete: "-" } as const;

function ofChange({ address, action, before, after, reason }: Change): Row {
  const { part, name } = partOf(address);
  const both = before !== null && after !== null;
  const value = after ?? before ?? "";
  // An option's value says the option itself.
  const own = name === "" || part === "kernelOptions" ? "" : name;
  const item = (content: string): string => [own, content].filter((word) => word !== "").join(": ");
  return {
    sign: SIGN_OF[action],
    part,
    reason,
    item: {
      text: item(both ? `${before} -> ${after}` : value),
      short: both ? [own, "->", after].join(" ").trim() : item(value),
    },
  };
}

function ofUnchanged({ address, reason }: Unchanged): Row {
  const { part, name } = partOf(address);
  return { sign: "=", part, reason, item: name === "" ? undefined : { text: name, short: name } };
}

/**
 * `kernel.packages.NAME` is a row of kernel.packages, and `bootSymlinks.PATH` one of bootSymlinks. What an undo takes back
 * has its path for an address, or the command that is run again.
 */
function partOf(address: string): { readonly part: string; readonly name: string } {
  if (address.startsWith("/")) return { part: "files", name: address };
  const [, part = address, name = ""] =
    /^(kernel\.[^.]+)\.(.+)$/.exec(address) ??
    /^(kernelOptions|bootSymlinks|bootLoader|vfio|command|package)\.(.+)$/.exec(address) ??
    [];
  return { part, name };
}

/** In the order of their first rows. */
function blocks(rows: readonly Row[]): readonly Block[] {
  const list: (Block & { readonly items: Item[] })[] = [];
  for (const { item, ...row } of rows) {
    const items = item === undefined ? [] : [item];
    const same = list.find(
      ({ sign, part, reason }) => sign === row.sign && part === row.part && reason === row.reason,
    );
    if (same === undefined) list.push({ ...row, items });
    else same.items.push(...items);
  }
  return list;
}

/**
 * On one line where it fits; else a line an item, and the reason below. The reason of an update goes before that: what it
 * was and what it will be says most of it.
 */
function blockLines(
  { sign, part, items, reason }: Block,
  width: number,
  style: Style,
): readonly TerminalText[] {
  const hang = "  + ".length + width + "  ".length;
  const head = text`  ${painter(sign, style)(text`${sign} ${part.padEnd(width)}`)}  `;
  const below = text`${" ".repeat(hang)}`;
  const why = style.dim(items.length === 0 || reason === "" ? reason : `(${reason})`);
  const fits = ({ width: columns }: TerminalText): boolean => columns <= (style.columns ?? Infinity);
  const whole = text`${head}${spaced(text`${items.map((item) => item.text).join(", ")}`, why)}`;
  if (fits(whole)) return [whole];
  const rows = items.map((item, at) => {
    const start = at === 0 ? head : below;
    const long = text`${start}${item.text}`;
    return fits(long) ? long : text`${start}${item.short}`;
  });
  const closed = spaced(rows.at(-1) ?? head, why);
  const lines = fits(closed)
    ? [...rows.slice(0, -1), closed]
    : [...rows, ...(sign === "~" ? [] : [text`${below}${why}`])];
  return lines.map((one) => one.wrapped(hang));
}

function spaced(a: TerminalText, b: TerminalText): TerminalText {
  return a.width === 0 || b.width === 0 ? text`${a}${b}` : text`${a} ${b}`;
}

function painter(sign: string, style: Style): (part: Part) => TerminalText {
  if (sign === "+") return style.green;
  if (sign === "~") return style.yellow;
  return sign === "-" ? style.red : style.dim;
}
