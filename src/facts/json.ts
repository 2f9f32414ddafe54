/** Whether a parsed JSON value is an object, for reading documents that others wrote. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Deeper than any document of hostcfg's or of a boot loader's tool; whoever walks one by recursion comes to its end. */
const MOST_LEVELS = 200;

/** @throws SyntaxError as JSON.parse has it, and for what is nested without need. */
export function parseJson(text: string): unknown {
  const document: unknown = JSON.parse(text);
  let level: readonly unknown[] = [document];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) throw new SyntaxError(`more than ${MOST_LEVELS} levels, one in the other`);
    level = level.flatMap((value): unknown[] => {
      const inner: unknown[] = isNested(value) ? Object.values(value) : [];
      return inner.filter(isNested);
    });
  }
  return document;
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
