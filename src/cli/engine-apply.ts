/** What only the commands need that change a host, judge it or look back: a file of its own in dist/. */
export { applyPlan } from "../plan/apply.ts";
export { checkBoot } from "../plan/check.ts";
export { readPreImages } from "../plan/pre-images.ts";
export { readUndo } from "../plan/undo-facts.ts";
export { makeUndo } from "../plan/undo.ts";
