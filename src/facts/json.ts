/** Whether a parsed JSON value is an object, for reading documents that others wrote. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
