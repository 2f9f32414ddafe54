import type { Finding } from "../problem.ts";

/**
 * One rule that the schema cannot express. It gets the document as it is, whatever the schema has found wrong
 * with it, and judges the parts that have the right type: so everything wrong is told at once.
 */
export type Check = (document: unknown) => Iterable<Finding>;
