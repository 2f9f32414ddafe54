/** What only verify at boot and the status need: a file of its own in dist/. */
export { planDisableVerify, planEnableVerify } from "../verify-at-boot/make.ts";
export { recordVerification } from "../verify-at-boot/record.ts";
export { readStatus } from "../verify-at-boot/status.ts";
