import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Alias, Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { Place } from "./places.ts";
import type { Span, TextProblem } from "./problem.ts";
import { shown } from "./shown.ts";
import type { SourceText } from "./source-text.ts";

/** How many values aliases may add to those that are written out. */
const MOST_ALIASED = 10_000;

export interface Resolved {
  /** Plain JSON values; aliased parts are shared. */
  readonly value: unknown;
  readonly place: Place;
}

export interface Resolution {
  /** Absent where an alias leads nowhere or too far. */
  readonly root?: Resolved;
  readonly problems: readonly TextProblem[];
}

/** Makes plain values of the nodes of a YAML document and remembers where each one stands. */
export function resolveNodes(root: Node | null, source: SourceText): Resolution {
  const resolver = new Resolver(source);
  const resolved = resolver.resolve(root, 0);
  return resolver.broken ? { problems: resolver.problems } : { root: resolved, problems: resolver.problems };
}

/** With the number of values in it, each counted as often as aliases repeat it. */
interface Counted extends Resolved {
  readonly count: number;
}

/**
 * Own code instead of the library's `toJS`, which gives no positions and needs quadratic time for many
 * aliases and for many keys.
 */
class Resolver {
  readonly problems: TextProblem[] = [];
  broken = false;
  readonly #source: SourceText;
  readonly #text: string;
  readonly #anchors = new Map<string, Counted | "unfinished">();
  #aliased = 0;

  constructor(source: SourceText) {
    this.#source = source;
    this.#text = source.text;
  }

  /** `offset` is where an empty node would stand. */
  resolve(node: unknown, offset: number): Counted {
    if (isAlias(node)) return this.#alias(node);
    if (isScalar(node)) return this.#anchored(node, () => this.#scalar(node));
    if (isMap(node)) return this.#anchored(node, () => this.#mapping(node));
    if (isSeq(node)) return this.#anchored(node, () => this.#list(node));
    return { value: null, place: this.#at({ start: offset, end: offset }), count: 1 };
  }

  #anchored(node: { anchor?: string | undefined }, resolve: () => Counted): Counted {
    const { anchor } = node;
    if (anchor === undefined) return resolve();
    this.#anchors.set(anchor, "unfinished");
    const resolved = resolve();
    this.#anchors.set(anchor, resolved);
    return resolved;
  }

  #scalar(node: Scalar): Counted {
    const span = this.#spanOf(node);
    const bare =
      node.type === "PLAIN" && node.tag === undefined ? this.#text.slice(span.start, span.end) : undefined;
    const place = bare === undefined || bare === "" ? this.#at(span) : { ...this.#at(span), bare };
    return { value: node.value, place, count: 1 };
  }

  #list(node: YAMLSeq): Counted {
    const span = this.#spanOf(node);
    const items = node.items.map((item) => this.resolve(item, span.start));
    return {
      value: items.map((item) => item.value),
      place: { ...this.#at(span), children: new Map(items.map((item, index) => [index, item.place])) },
      count: items.reduce((sum, item) => sum + item.count, 1),
    };
  }

  #mapping(node: YAMLMap): Counted {
    const children = new Map<string, Place>();
    const values = new Map<string, unknown>();
    let count = 1;
    for (const pair of node.items) {
      const key = this.#keyOf(pair);
      const { value, place, count: within } = this.resolve(pair.value, key.span.end);
      count += within;
      if (key.name === undefined) continue;
      if (children.has(key.name)) {
        this.problems.push(duplicateKey(key.name, key.span));
        continue;
      }
      children.set(key.name, { ...place, key: key.span });
      values.set(key.name, value);
    }
    // fromEntries defines own properties, so that a key `__proto__` is a key like any other.
    return {
      value: Object.fromEntries(values),
      place: { ...this.#at(this.#spanOf(node)), children },
      count,
    };
  }

  /** A key as written, so that `6.10` stays itself; without a name where it cannot be a key. */
  #keyOf(pair: Pair): { name?: string; span: Span } {
    const { key } = pair;
    const span = this.#spanOf(key);
    if (isScalar(key) && key.anchor === undefined && key.tag === undefined) {
      const name = typeof key.value === "string" ? key.value : this.#text.slice(span.start, span.end);
      if (name === "<<" && key.type === "PLAIN") this.problems.push(mergeKey(span));
      else if (name !== "") return { name, span };
      else this.problems.push(badKey(span));
    } else this.problems.push(badKey(span));
    return { span };
  }

  #alias(node: Alias): Counted {
    const span = this.#spanOf(node);
    const nothing: Counted = { value: null, place: this.#at(span), count: 1 };
    const anchored = this.#anchors.get(node.source);
    if (anchored === undefined || anchored === "unfinished") {
      this.#break(anchored === undefined ? unknownAlias(node.source, span) : selfAlias(span));
      return nothing;
    }
    this.#aliased += anchored.count;
    if (this.#aliased > MOST_ALIASED) {
      if (!this.broken) this.#break(aliasBomb(span));
      return nothing;
    }
    return { ...anchored, place: { ...anchored.place, value: span } };
  }

  #at(value: Span): Place {
    return { source: this.#source, value };
  }

  #break(problem: TextProblem): void {
    this.broken = true;
    this.problems.push(problem);
  }

  /** Blanks and line breaks at the end of a block are no part of it for a person. */
  #spanOf(node: unknown): Span {
    const range = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined;
    if (range === undefined || range === null) return { start: 0, end: 0 };
    const [start, end] = range;
    return { start, end: start + this.#text.slice(start, end).trimEnd().length };
  }
}

function duplicateKey(name: string, span: Span): TextProblem {
  return {
    code: "duplicate-key",
    summary: `The key ${shown(name)} is here a second time`,
    hint: "merge the two entries, or remove one",
    span,
  };
}

function mergeKey(span: Span): TextProblem {
  return {
    code: "merge-key",
    summary: "YAML 1.2 has no merge key <<",
    hint: "write the keys out, or put an alias (*name) in place of a whole value",
    span,
  };
}

function badKey(span: Span): TextProblem {
  return {
    code: "bad-key",
    summary: "A key must be plain text: not empty, no list or mapping, no alias, anchor or tag",
    hint: "write `key: value`; quote a value that has a colon or a question mark in it",
    span,
  };
}

function unknownAlias(name: string, span: Span): TextProblem {
  return {
    code: "yaml-alias",
    summary: `There is no anchor ${shown(name)} before this alias`,
    hint: "if it is a value that starts with *, quote it",
    span,
  };
}

function selfAlias(span: Span): TextProblem {
  return {
    code: "yaml-alias",
    summary: "This alias is inside the value that it repeats",
    hint: "write the value out",
    span,
  };
}

function aliasBomb(span: Span): TextProblem {
  return {
    code: "alias-bomb",
    summary: `The aliases up to here repeat more than ${MOST_ALIASED} values`,
    hint: "write out what the spec really needs",
    span,
  };
}
