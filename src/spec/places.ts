import type { SourceRange, SpecPath } from "../model/index.ts";
import type { Part, Span } from "./problem.ts";
import type { SourceText } from "./source-text.ts";

/** Where a value stands in its text, and where its children do: they may stand in another file. */
export interface Place {
  readonly source: SourceText;
  readonly value: Span;
  /** Absent for the top of the document and for list items. */
  readonly key?: Span;
  /** The text of a scalar that was written without quotes and without a tag. */
  readonly bare?: string;
  readonly children?: ReadonlyMap<string | number, Place>;
}

/** What is known about the writing of a document, asked for by path. */
export class Places {
  readonly #root: Place;

  constructor(root: Place) {
    this.#root = root;
  }

  /** `undefined` when nothing stands at `path`. A key without a value is shown by its key. */
  locate(path: SpecPath, part: Part = "value"): SourceRange | undefined {
    const place = this.#placeAt(path);
    if (place === undefined) return undefined;
    const { source, value, key } = place;
    const written = value.end > value.start;
    if (part === "value" && written) return source.range(value);
    // What has no key, a list item or the document itself, is shown by its first line.
    return source.range(key ?? source.firstLineOf(value));
  }

  /** A bare scalar exactly as written, e.g. `6.10`, which YAML reads as 6.1. */
  bareAt(path: SpecPath): string | undefined {
    return this.#placeAt(path)?.bare;
  }

  #placeAt(path: SpecPath): Place | undefined {
    let place: Place | undefined = this.#root;
    for (const step of path) place = place?.children?.get(step);
    return place;
  }
}
