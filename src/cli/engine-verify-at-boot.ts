/** What only verify at boot, the status and leaving need: a file of its own in dist/. */
export { planLeave } from "../leave/make.ts";
export { planDisableVerify, planEnableVerify } from "../verify-at-boot/make.ts";
export { recordVerification } from "../verify-at-boot/record.ts";
export { readStatus } from "../verify-at-boot/status.ts";
