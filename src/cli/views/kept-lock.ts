import type { KeptLock } from "../keep-lock.ts";
import type { Style } from "../style.ts";
import { text, written } from "../terminal-text.ts";

/** One line for what became of the lock file; empty where nothing did. */
export function renderKeptLock({ path, written: wrote, why }: KeptLock, style: Style): string {
  if (why !== undefined)
    return written(
      [text`${style.yellow(style.bold("warning"))}: the lock file ${path} was not written: ${why}`],
      style,
    );
  if (!wrote) return "";
  return written(
    [
      text`Wrote ${path}: it records which cards the spec's devices are. Keep it in version control, beside the spec.`,
    ],
    style,
  );
}
