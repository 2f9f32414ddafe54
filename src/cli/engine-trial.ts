/** What only trials need: a file of its own in dist/. */
export { planTry } from "../trial/make.ts";
export { makeKeep, verifyTrial } from "../trial/keep.ts";
export { atBoot } from "../trial/at-boot.ts";
