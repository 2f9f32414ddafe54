import type { Command } from "../command.ts";
import { init } from "./init.ts";
import { validate } from "./validate.ts";
import { plan } from "./plan.ts";
import { apply } from "./apply.ts";
import { tryOnce } from "./try.ts";
import { keep } from "./keep.ts";
import { giveUp } from "./give-up.ts";
import { atBoot } from "./at-boot.ts";
import { verify } from "./verify.ts";
import { check } from "./check.ts";
import { doctor } from "./doctor.ts";
import { groups } from "./groups.ts";
import { report } from "./report.ts";
import { status } from "./status.ts";
import { enableVerify } from "./enable-verify.ts";
import { disableVerify } from "./disable-verify.ts";
import { history } from "./history.ts";
import { show } from "./show.ts";
import { leave } from "./leave.ts";
import { undo } from "./undo.ts";
import { capture } from "./capture.ts";

/** Every command, in the order of the help. A new one is a file beside this and a row here. */
export const COMMANDS: readonly Command[] = [
  init,
  validate,
  plan,
  apply,
  tryOnce,
  keep,
  giveUp,
  verify,
  check,
  doctor,
  groups,
  report,
  status,
  enableVerify,
  disableVerify,
  history,
  show,
  undo,
  leave,
  atBoot,
  capture,
];
