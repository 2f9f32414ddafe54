import type { Help } from "../command.ts";
import type { CommandName } from "../commands.ts";
import { help as validate } from "./validate.ts";
import { help as plan } from "./plan.ts";
import { help as apply } from "./apply.ts";
import { help as verify } from "./verify.ts";
import { help as check } from "./check.ts";
import { help as groups } from "./groups.ts";
import { help as capture } from "./capture.ts";
import { help as history } from "./history.ts";
import { help as show } from "./show.ts";
import { help as undo } from "./undo.ts";
import { help as status } from "./status.ts";
import { help as enableVerify } from "./enable-verify.ts";
import { help as disableVerify } from "./disable-verify.ts";

export const HELP: Readonly<Record<CommandName, Help>> = {
  validate,
  plan,
  apply,
  verify,
  check,
  groups,
  capture,
  history,
  show,
  undo,
  status,
  "enable-verify": enableVerify,
  "disable-verify": disableVerify,
};
