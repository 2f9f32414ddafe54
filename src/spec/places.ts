import type { SourceRange, SpecPath } from "../model/index.ts";
import type { Part, Span } from "./problem.ts";
import type { SourceText } from "./source-text.ts";

/** Where a value stands in the text, and where its children do. */
export interface Place {
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
  readonly #source: SourceText;

  constructor(root: Place, source: SourceText) {
    this.#root = root;
    this.#source = source;
  }

  /** `undefined` when nothing stands at `path`. A key without a value is shown by its key. */
  locate(path: SpecPath, part: Part = "value"): SourceRange | undefined {
    const place = this.#placeAt(path);
    if (place === undefined) return undefined;
    const written = place.value.end > place.value.start;
    if (part === "value" && written) return this.#source.range(place.value);
    // What has no key, a list item or the document itself, is shown by its first line.
    return this.#source.range(place.key ?? this.#source.firstLineOf(place.value));
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
