import { codePoint } from "../decode.ts";
import { textsLike } from "../document.ts";
import { shownPath } from "../shown.ts";
import type { Check } from "./check.ts";

/** C0 and C1 controls and DEL, which no path, name or reason needs, and halves of characters. */
const UNFIT = /[\p{Cc}\p{Cs}]/u;

/** What escapes in double quotes and block scalars can bring in. */
export const noControlCharacters: Check = function* (document) {
  for (const { path, value, at } of textsLike(document, UNFIT)) {
    if (path[0] === "kernelOptions") continue; // options.ts is stricter
    const odd = UNFIT.exec(value)?.[0] ?? "";
    yield {
      code: "control-character",
      summary: `${shownPath(path)} has the control character ${codePoint(odd)}`,
      hint: "remove it; write text on one line",
      path,
      at,
    };
  }
};
