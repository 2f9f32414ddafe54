import type { Diagnostic } from "../../model/index.ts";
import { problem } from "../problem.ts";

/** What is written to this ESP may be read by no boot. */
export function otherEsp(elsewhere: string): Diagnostic {
  return problem(
    "other-esp-boots",
    elsewhere,
    "mount that partition in its place (see /etc/fstab), or have the firmware start from this one: sudo efibootmgr, then --bootorder, and reboot",
  );
}
