/** What only the commands need that change a host, judge it or look back: a file of its own in dist/. */
export { applyPlan } from "../apply/apply.ts";
export { checkBoot } from "../plan/check.ts";
export { lookAtNewInitrd } from "../platform/new-initrd.ts";
export { readPreImages } from "../journal/pre-images.ts";
export { readUndo } from "../undo/facts.ts";
export { makeUndo } from "../undo/undo.ts";
