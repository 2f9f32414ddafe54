import type { SpecPath } from "../model/index.ts";
import { valueAt } from "./document.ts";

/** A JSON pointer (RFC 6901) into `document` as a path: whether a step is an index depends on what is there. */
export function pathOf(pointer: string, document: unknown): SpecPath {
  const path: (string | number)[] = [];
  let value = document;
  for (const token of pointer.split("/").slice(1)) {
    const step = Array.isArray(value) ? Number(token) : token.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(step);
    value = valueAt(value, [step]);
  }
  return path;
}
