import { run as validate } from "./commands/validate.ts";
import { run as plan } from "./commands/plan.ts";
import { run as apply } from "./commands/apply.ts";
import { run as verify } from "./commands/verify.ts";
import { run as check } from "./commands/check.ts";
import { run as groups } from "./commands/groups.ts";
import { run as capture } from "./commands/capture.ts";
import { run as history } from "./commands/history.ts";
import { run as show } from "./commands/show.ts";
import { run as undo } from "./commands/undo.ts";
import type { Run } from "./command.ts";
import type { CommandName } from "./commands.ts";

export { ENGINE } from "./engine.ts";

/** What every command does: one module for the bundler, since each further one costs a millisecond of start-up. */
export const RUN: Readonly<Record<CommandName, Run>> = {
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
};
