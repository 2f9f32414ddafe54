/** What only verify at boot and the status need: a file of its own in dist/. */
export { planDisableVerify, planEnableVerify } from "../plan/verify-at-boot/make.ts";
export { recordVerification } from "../plan/verify-at-boot/record.ts";
export { readStatus } from "../plan/status.ts";
