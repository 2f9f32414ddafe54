import { run as validate } from "./commands/validate.ts";
import { run as plan } from "./commands/plan.ts";
import { run as verify } from "./commands/verify.ts";
import { run as groups } from "./commands/groups.ts";
import { run as capture } from "./commands/capture.ts";
import type { Run } from "./command.ts";
import type { CommandName } from "./commands.ts";

export { ENGINE } from "./engine.ts";

/**
 * What every command does. Those that are often run come as one file of the bundle, since each further one costs a
 * little at start-up; the others come when they are called, so that a plan does not pay for them.
 */
export const RUN: Readonly<Record<CommandName, Run>> = {
  validate,
  plan,
  apply: async (call) => (await import("./commands/apply.ts")).run(call),
  verify,
  check: async (call) => (await import("./commands/check.ts")).run(call),
  groups,
  capture,
  history: async (call) => (await import("./commands/history.ts")).run(call),
  show: async (call) => (await import("./commands/show.ts")).run(call),
  status: async (call) => (await import("./commands/status.ts")).run(call),
  "enable-verify": async (call) => (await import("./commands/enable-verify.ts")).run(call),
  "disable-verify": async (call) => (await import("./commands/disable-verify.ts")).run(call),
  undo: async (call) => (await import("./commands/undo.ts")).run(call),
};
