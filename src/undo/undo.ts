import { LOADERS } from "../boot/loaders.ts";
import { notMounted } from "../boot/not-mounted.ts";
import { holdsDefault } from "../boot/bls/loader-default.ts";
import { CUSTOM, MENU } from "../boot/grub/probe.ts";
import { isWrittenByPackages } from "../boot/proxmox/side-effects.ts";
import type { Diagnostic, Plan } from "../model/index.ts";
import { leadsElsewhere } from "../plan/review.ts";
import { foresee } from "../simulate/foresee.ts";
import { bootProblems } from "../simulate/proof.ts";
import { prefixStates } from "../simulate/step.ts";
import { undoCommands } from "./commands.ts";
import type { UndoFacts, UndonePath } from "./facts.ts";
import { changeOf, inUndoOrder, restoring } from "./steps.ts";
import { lostCopies, withStandIn } from "./stand-in.ts";

export interface UndoOptions {
  readonly hostcfgVersion: string;
  /** Packages that the apply installed shall go as well. */
  readonly packages: boolean;
}

/** The plan that takes an apply back. Pure: the same facts always give the same plan. */
export function makeUndo(facts: UndoFacts, { hostcfgVersion, packages }: UndoOptions): Plan {
  const { entry, paths, state, host, loader, nextBoot, preferred } = facts;
  const plan = entry.plan;
  if (plan === undefined) throw new Error("a record without its plan cannot be undone");
  // A menu that somebody made since is made again from its settings, not overwritten; so is what packages of kernels write.
  const moved = paths.filter(({ is, path }) => is === "other" && path !== MENU && !isWrittenByPackages(path));
  const left = paths.filter(({ is }) => is === "as-left");
  const kept = lostCopies(left);
  const open = left.filter((one) => !kept.includes(one));
  const commands = undoCommands(facts, open, packages);
  const restores = open.map((one) => ({ one, draft: restoring(one) }));
  const found = [
    ...(plan.task === undefined ? notMounted(state, loader) : []),
    ...facts.damage.map(damaged),
    ...moved.map((one) => movedOn(one, entry.id)),
    ...restores.flatMap(({ one, draft }) => (draft === undefined ? [unrestorable(one)] : [])),
    ...commands.diagnostics,
  ];
  const changes = [...open.map((one) => changeOf(one, entry.id)), ...commands.changes];
  const drafts = [
    ...restores.flatMap(({ one, draft }) =>
      draft === undefined ? [] : [{ ...draft, of: orderOf(one, plan) }],
    ),
    ...commands.drafts,
  ];
  const steps = inUndoOrder(withStandIn(facts, drafts));
  const states = prefixStates(state, steps);
  const { nextBoot: after } = foresee(states.at(-1) ?? [], loader, preferred);
  const isError = ({ severity }: Diagnostic): boolean => severity === "error";
  const diagnostics = [
    ...found,
    // No boot hangs on what a task writes.
    ...(found.some(isError) || plan.task !== undefined
      ? []
      : bootProblems({ steps, host: { bootLoader: loader }, undoes: entry.id }, states, true)),
  ];
  const applyable = !diagnostics.some(isError);
  const refreshes = steps.some((step) => step.kind === "exec" && step.action.does === "refresh-esps");
  const ofEsps = refreshes && loader.known ? (LOADERS[loader.value].findings?.(state) ?? []) : [];
  return {
    formatVersion: "1.0",
    hostcfgVersion,
    spec: plan.spec,
    undoes: entry.id,
    ...(plan.task === undefined ? {} : { task: plan.task }),
    host,
    nextBoot: {
      before: nextBoot,
      after,
      afterUpgrade: { known: false, why: "an undo does not judge what the next kernel upgrade does" },
    },
    changes,
    unchanged: [
      ...paths
        .filter(({ is }) => is === "as-before")
        .map(({ path }) => ({ address: path, reason: `as before apply ${entry.id}` })),
      ...kept.map(({ path }) => ({
        address: path,
        reason: "kept: the earlier fallback no longer exists",
      })),
      ...commands.unchanged,
    ],
    steps,
    requirements: [],
    // What keeps a refresh from an ESP keeps the undo from it.
    diagnostics: [...diagnostics, ...ofEsps.filter(({ code }) => code !== "proxmox-esp-stale")],
    applyable,
    complete: applyable,
    rebootNeeded:
      applyable &&
      changes.length > 0 &&
      plan.task === undefined &&
      leadsElsewhere({ before: nextBoot, after }, steps, state),
  };
}

/** A trial sets the default first, and an undo gives it back last: all that it names is as before by then. */
function orderOf({ path, step }: UndonePath, { trial }: Plan): number {
  return trial !== undefined && (holdsDefault(path) || path === CUSTOM) ? Infinity : step;
}

function damaged(what: string): Diagnostic {
  return {
    severity: "error",
    code: "undo-damaged-record",
    summary: `the record of this apply is incomplete: ${what}`,
    hint: "see what is left of it: hostcfg show ID; repair the host with a spec: hostcfg plan",
  };
}

function movedOn({ path, changedBy }: UndonePath, id: string): Diagnostic {
  return {
    severity: "error",
    code: "undo-moved-on",
    summary:
      changedBy === undefined
        ? `${path} was changed by something else since apply ${id}`
        : `${path} was changed since apply ${id}, by apply ${changedBy}`,
    hint:
      changedBy === undefined
        ? "undoing would lose that change: keep it elsewhere and put the path back as the apply left it, or change the spec and apply that"
        : `take that back first: sudo hostcfg undo ${changedBy}`,
    address: path,
  };
}

function unrestorable({ path }: UndonePath): Diagnostic {
  return {
    severity: "error",
    code: "undo-unrestorable",
    summary: `the old content of ${path} is too large for the journal, and no file in /boot has it any more`,
    hint: "install the package of that kernel again, or declare in a spec what to boot",
    address: path,
  };
}
