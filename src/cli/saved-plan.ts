import type { InputFile } from "./input-file.ts";

/**
 * Whether a file is a saved plan rather than a spec. A spec may be written as JSON too, so the content decides;
 * the name only where the content is no JSON at all, as in a plan that was cut off.
 */
export function isSavedPlan({ path, bytes }: InputFile): boolean {
  const text = new TextDecoder().decode(bytes).trimStart();
  if (!text.startsWith("{")) return path.endsWith(".json");
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === "object" && document !== null && "formatVersion" in document;
  } catch {
    return path.endsWith(".json");
  }
}
